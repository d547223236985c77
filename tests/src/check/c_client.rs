//! The client of the C ABI, called with anything: each call is a status, and either one good message or nothing.

use std::ffi::CStr;
use std::os::unix::net::UnixDatagram;
use std::ptr::{null, null_mut};

use basenji_ffi::*;

use crate::generate::Choices;

/// Clients, and the socket that they send to.
struct Sides {
    receiver: UnixDatagram,
    /// A datagram a call, from the calling thread.
    plain: *mut bj_client,
    /// Aggregated, and sent in the background.
    fast: *mut bj_client,
}

impl Sides {
    fn new() -> Sides {
        let thread = format!("{:?}", std::thread::current().id());
        let path = std::env::temp_dir().join(format!("basenji-{}-{thread}.socket", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let receiver = UnixDatagram::bind(&path).expect("a socket in the directory for such");
        let address = format!("unixgram://{}\0", path.display());
        let client = |profile: &std::ffi::CStr| {
            let mut client = null_mut();
            // SAFETY: all zeros are its defaults.
            let mut options: bj_client_options = unsafe { std::mem::zeroed() };
            options.size = size_of::<bj_client_options>();
            options.address = address.as_ptr().cast();
            options.profile = profile.as_ptr();
            options.telemetry = 2;
            // SAFETY: the options and the place for the client are there.
            assert_eq!(unsafe { bj_client_new(&options, &mut client) }, BJ_OK);
            // SAFETY: the client was made.
            unsafe {
                assert_eq!(bj_count(client, c"begun".as_ptr(), 1, null(), 0), BJ_OK);
                assert_eq!(bj_flush(client, 10_000), BJ_OK);
            }
            client
        };
        let sides = Sides { plain: client(c"plain"), fast: client(c"fast"), receiver };
        sides.receiver.set_nonblocking(true).expect("a socket");
        assert_eq!(sides.receive(), 2);
        // Both are connected: nobody needs the name any more.
        let _ = std::fs::remove_file(&path);
        sides
    }

    /// Takes what has come, and returns how many messages it is. Each of them is good.
    fn receive(&self) -> usize {
        let (mut buffer, mut messages) = ([0; 65536], 0);
        while let Ok(len) = self.receiver.recv(&mut buffer) {
            let nothing = bj_bytes::NONE;
            let mut datagram = bj_datagram { bytes: buffer.as_ptr(), len, at: 0, offset: 0, line: nothing };
            // SAFETY: it is made of numbers and pointers.
            let mut message = unsafe { std::mem::zeroed() };
            loop {
                // SAFETY: the bytes are there, and so is the place for a message.
                match unsafe { bj_datagram_next(&mut datagram, &mut message) } {
                    BJ_OK => messages += 1,
                    BJ_END => break,
                    status => panic!("{status}: {}", buffer[..len].escape_ascii()),
                }
            }
        }
        messages
    }

    /// Calls that a client did not take.
    fn dropped(&self, client: *const bj_client) -> u64 {
        // SAFETY: it is made of numbers; the client is there.
        unsafe {
            let mut counters = std::mem::zeroed();
            assert_eq!(bj_client_stats(client, &mut counters), BJ_OK);
            counters.dropped_on_receive
        }
    }
}

thread_local! {
    static SIDES: Sides = Sides::new();
}

/// A text of the choices, or nothing.
fn text(choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let len = choices.below(32);
    (len != 31).then(|| (0..len).map(|_| choices.byte()).collect())
}

/// A few of them.
fn texts(choices: &mut Choices<'_>) -> Vec<Option<Vec<u8>>> {
    (0..choices.below(4)).map(|_| text(choices)).collect()
}

fn of(text: &Option<Vec<u8>>) -> bj_bytes {
    bj_bytes::maybe(text.as_deref())
}

/// Calls, one after the other.
pub fn c_client(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    SIDES.with(|sides| {
        while !choices.is_empty() {
            let status = match choices.below(4) {
                0 => metric(choices.pick(&[sides.fast, null_mut()]), &mut choices),
                1 => call(choices.pick(&[sides.fast, null_mut()]), &mut choices),
                _ => {
                    let before = sides.dropped(sides.plain);
                    let status = call(sides.plain, &mut choices);
                    let dropped = sides.dropped(sides.plain) - before;
                    assert_eq!(sides.receive() as u64 + dropped, u64::from(status == BJ_OK), "{status}");
                    status
                }
            };
            // SAFETY: the name of a status is a string.
            let name = unsafe { CStr::from_ptr(bj_status_name(status)) };
            assert!(name != c"BJ_UNKNOWN" && status != BJ_PANIC, "{status}");
        }
        // SAFETY: the client is there.
        assert_eq!(unsafe { bj_flush(sides.fast, 10_000) }, BJ_OK);
        sides.receive();
    });
}

/// One call.
fn call(client: *const bj_client, choices: &mut Choices<'_>) -> bj_status {
    let operation = choices.below(8);
    let (name, other, tags) = (text(choices), text(choices), texts(choices));
    let tags: Vec<_> = tags.iter().map(of).collect();
    let (name, other) = (of(&name), of(&other));
    let value = choices.pick(&[1.0, 0.0, -2.5, f64::NAN, f64::INFINITY, 1e300]);
    let cardinality = choices.pick(&[null(), c"low".as_ptr(), c"mid".as_ptr()]);
    let timestamp = choices.pick(&[0, 1_656_581_400, -1, i64::MIN]);
    let options = bj_call_options {
        size: size_of::<bj_call_options>() - choices.pick(&[0, 0, 0, 8]),
        sample_rate: choices.pick(&[0.0, 1.0, 2.0, -1.0, f64::NAN]),
        timestamp,
        cardinality,
    };
    // SAFETY: all zeros are its defaults.
    let mut event: bj_event_options = unsafe { std::mem::zeroed() };
    event.size = size_of::<bj_event_options>();
    event.timestamp = timestamp;
    event.cardinality = cardinality;
    event.alert_type = choices.pick(&[null(), c"error".as_ptr(), c"bad".as_ptr()]);
    event.hostname = choices.pick(&[null(), c"h".as_ptr(), c"a|b\nc".as_ptr()]);
    event.message = event.hostname;
    let (list, len) = (tags.as_ptr(), tags.len());
    let options = if choices.one_in(2) { &raw const options } else { null() };
    // SAFETY: texts and options are there; the client is NULL or made.
    unsafe {
        match operation {
            0 => bj_count_n(client, name, value as i64, list, len, options),
            1 => bj_gauge_n(client, name, value, list, len, options),
            2 => bj_histogram_n(client, name, value, list, len, options),
            3 => bj_distribution_n(client, name, value, list, len, options),
            4 => bj_timing_n(client, name, value, list, len, options),
            5 => bj_set_n(client, name, other, list, len, options),
            6 => bj_event_n(client, name, other, list, len, &event),
            _ => bj_service_check_n(client, name, choices.pick(&[0, 1, 2, 3, 4, -1]), list, len, &event),
        }
    }
}

/// A metric from its making to its end, and the status of its making.
fn metric(client: *const bj_client, choices: &mut Choices<'_>) -> bj_status {
    let (name, tags) = (text(choices), texts(choices));
    let tags: Vec<_> = tags.iter().map(of).collect();
    let kind = choices.pick(&[0, 1, 2, 3, 4, 5, -1]);
    let mut metric = null_mut();
    // SAFETY: the texts are there; the client is NULL or made; the metric is NULL or made.
    unsafe {
        let made = bj_metric_new_n(client, kind, of(&name), tags.as_ptr(), tags.len(), &mut metric);
        assert_eq!(made == BJ_OK, !metric.is_null());
        for _ in 0..choices.below(4) {
            let value = choices.byte();
            let statuses = [bj_metric_add(metric, value.into()), bj_metric_record(metric, value.into())];
            // One of the two is not for its kind.
            assert!(metric.is_null() || statuses.contains(&BJ_OK) && statuses.contains(&BJ_WRONG_KIND));
        }
        bj_metric_free(metric);
        made
    }
}
