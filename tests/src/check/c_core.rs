//! Property of libbasenji_core: whatever is called in whatever order, a call has the status and the effect of what it wraps, touches no memory
//! but its own, and what is sent is messages.

use std::ffi::{CString, c_void};
use std::ptr::{null, null_mut};

use basenji_core::Time;
use basenji_core::aggregate::{Aggregator, Point, Settings, Source};
use basenji_core::sketch::Sketch;
use basenji_core::wire::{Event, Message, Messages, Metric, ServiceCheck, Writer};
use basenji_ffi::*;

use super::storage::{Fixed, Memory};
use crate::c_script::{Op, Script};

/// What the emitter has sent.
#[derive(Default)]
struct Sent {
    datagrams: u64,
    bytes: u64,
    /// Whether the network takes datagrams.
    broken: bool,
}

unsafe extern "C" fn send(user: *mut c_void, datagram: *const u8, len: usize) -> i32 {
    // SAFETY: it is what `Machine::new` has given, and the datagram is as the header says.
    let (sent, datagram) = unsafe { (&mut *user.cast::<Sent>(), std::slice::from_raw_parts(datagram, len)) };
    assert!(!datagram.is_empty());
    for message in Messages::new(datagram) {
        assert!(message.is_ok(), "{:?} in {:?}", message, datagram.escape_ascii().to_string());
    }
    sent.datagrams += 1;
    sent.bytes += len as u64;
    i32::from(sent.broken)
}

/// A finished point: name, host, kind, second and the bits of its value.
type Shown = (Vec<u8>, Vec<u8>, i32, u64, u64);

unsafe extern "C" fn show(user: *mut c_void, series: *const bj_series) {
    // SAFETY: it is what `flush` has given.
    let (shown, series) = unsafe { (&mut *user.cast::<Vec<Shown>>(), &*series) };
    shown.push((slice(series.name), slice(series.host), series.kind, series.timestamp, series.value.to_bits()));
}

fn slice(bytes: bj_bytes) -> Vec<u8> {
    // SAFETY: it is as its members say.
    unsafe { basenji_ffi::bytes(bytes.ptr, bytes.len, BJ_NULL_OUT) }.expect("bytes").to_vec()
}

/// Everything that the operations work on.
struct Machine {
    now: u64,
    aggregator: *mut bj_aggregator,
    twin: Aggregator<Fixed>,
    aggregator_memory: Memory,
    emitter: *mut bj_emitter,
    emitter_memory: Memory,
    sent: Box<Sent>,
    calls: u64,
    writer: bj_writer,
    buffer: Memory,
    sketch: bj_sketch,
    words: Memory,
    sketch_twin: Sketch<Vec<u64>>,
}

impl Machine {
    fn new(script: &Script) -> Machine {
        let &Script { contexts, bytes, cells, buffer, bins, aggregate, sanitise, .. } = script;
        let size = bj_aggregator_size(contexts, bytes, cells);
        let mut aggregator_memory = Memory::new(size);
        let options = bj_aggregator_options {
            size: size_of::<bj_aggregator_options>(),
            contexts,
            context_bytes: bytes,
            cells,
            histogram_exact_samples: 8,
            set_exact_members: 8,
            sketch_bins: 16,
            bucket_secs: 0,
            counter_expiry_secs: 0,
            context_expiry_secs: 0,
            counter_zeros: 0,
            set_precision: 4,
            seed: 7,
        };
        let mut aggregator = null_mut();
        // SAFETY: the memory is as large as it has to be.
        let made = unsafe { bj_aggregator_init(aggregator_memory.start(), size, &options, &raw mut aggregator) };
        assert_eq!(made, BJ_OK);

        let mut sent = Box::<Sent>::default();
        let size = if aggregate {
            bj_emitter_aggregating_size(buffer, contexts, bytes, cells)
        } else {
            bj_emitter_size(buffer)
        };
        let mut emitter_memory = Memory::new(size);
        let mut emitter = null_mut();
        let options = bj_emitter_options {
            size: size_of::<bj_emitter_options>(),
            send: Some(send),
            user: (&raw mut *sent).cast(),
            prefix: c"p.".as_ptr(),
            suffix: null(),
            tags: c"host:a,x".as_ptr(),
            local_data: c"ci-1".as_ptr(),
            external_data: null(),
            cardinality: null(),
            buffer,
            contexts,
            context_bytes: bytes,
            cells,
            datagram: 0,
            flush_interval_ms: 0,
            samples: 4,
            sample_rate: 0.0,
            seed: 7,
        };
        let init = if aggregate { bj_emitter_init_aggregating } else { bj_emitter_init };
        // SAFETY: the memory is as large as it has to be.
        assert_eq!(unsafe { init(emitter_memory.start(), size, &options, &raw mut emitter) }, BJ_OK);

        let mut buffer_memory = Memory::new(buffer.next_multiple_of(8));
        let mut writer = bj_writer { buffer: null_mut(), capacity: 0, len: 0, sanitise: 0, part: 0, offset: 0 };
        let mut words = Memory::new(8 * bins);
        let summary = bj_summary { count: 0, sum: 0.0, min: 0.0, max: 0.0, avg: 0.0 };
        let mut sketch = bj_sketch { words: null_mut(), len: 0, bins: 0, summary };
        // SAFETY: both memories are as large as they have to be.
        unsafe {
            let buffer_start = buffer_memory.start().cast();
            assert_eq!(bj_writer_init(&raw mut writer, buffer_start, buffer, i32::from(sanitise)), BJ_OK);
            assert_eq!(bj_sketch_init(&raw mut sketch, words.start().cast(), bins), BJ_OK);
        }
        let storage = Fixed::new(contexts, bytes, cells);
        let settings = Settings {
            histogram_exact_samples: 8,
            set_exact_members: 8,
            set_precision: 4,
            sketch_bins: 16,
            seed: 7,
            ..Settings::new()
        };
        Machine {
            now: 1_000_000,
            aggregator,
            twin: Aggregator::new(storage, settings),
            aggregator_memory,
            emitter,
            emitter_memory,
            sent,
            calls: 0,
            writer,
            buffer: buffer_memory,
            sketch,
            words,
            sketch_twin: Sketch::new(vec![0; bins]),
        }
    }

    fn run(&mut self, op: &Op) {
        match op {
            Op::On(millis) => self.now += millis,
            Op::Back(millis) => self.now = self.now.saturating_sub(*millis),
            Op::Message(line) => self.datagram(line),
            Op::Flush(all) => self.flush(*all),
            // SAFETY: it was made and its memory is there.
            Op::Poll => assert_eq!(unsafe { bj_emitter_poll(self.emitter, self.now) }, BJ_OK),
            // SAFETY: as above.
            Op::Drain => assert_eq!(unsafe { bj_emitter_flush(self.emitter, self.now) }, BJ_OK),
            Op::Broken(broken) => self.sent.broken = *broken,
            Op::Sketch(value, n) => self.sketch(*value, *n),
            Op::Clear => self.writer.len = 0,
        }
    }

    /// Each message of a datagram goes to the writer, the aggregator and the emitter.
    fn datagram(&mut self, bytes: &[u8]) {
        let mut datagram =
            bj_datagram { bytes: bytes.as_ptr(), len: bytes.len(), at: 0, offset: 0, line: bj_bytes::NONE };
        for expected in Messages::new(bytes) {
            let mut message = std::mem::MaybeUninit::<bj_message>::uninit();
            // SAFETY: both are there.
            let status = unsafe { bj_datagram_next(&raw mut datagram, message.as_mut_ptr()) };
            match expected {
                Err(error) => {
                    assert_eq!((status, datagram.offset), (error.kind.code().into(), error.offset));
                }
                Ok(expected) => {
                    assert_eq!(status, BJ_OK);
                    // SAFETY: it is written on success.
                    let message = unsafe { message.assume_init() };
                    self.write(&message, &expected);
                    match expected {
                        Message::Metric(metric) => {
                            self.record(&message, &metric);
                            self.call(&message, &metric);
                        }
                        _ => self.tell(&message),
                    }
                }
            }
        }
        let mut message = std::mem::MaybeUninit::<bj_message>::uninit();
        // SAFETY: both are there.
        assert_eq!(unsafe { bj_datagram_next(&raw mut datagram, message.as_mut_ptr()) }, BJ_END);
        assert_eq!(datagram.at, bytes.len());
    }

    fn write(&mut self, message: &bj_message, expected: &Message<'_>) {
        let mut free = vec![0; self.writer.capacity - self.writer.len];
        let mut twin = Writer::new(&mut free).sanitise(self.writer.sanitise != 0);
        // C does not tell the second 0 from none, which says the same.
        let seconds = |timestamp: Option<i64>| timestamp.filter(|&seconds| seconds != 0);
        let expected = match *expected {
            Message::Event(event) => Message::Event(Event { timestamp: seconds(event.timestamp), ..event }),
            Message::ServiceCheck(check) => {
                Message::ServiceCheck(ServiceCheck { timestamp: seconds(check.timestamp), ..check })
            }
            metric => metric,
        };
        let result = expected.write(&mut twin);
        let before = self.writer.len;
        // SAFETY: the writer has its buffer, and the message its datagram.
        let status = unsafe { bj_writer_message(&raw mut self.writer, message) };
        assert_eq!(status == BJ_OK, result.is_ok(), "{}: {result:?}", self.name(status));
        // SAFETY: the buffer is initialised.
        let buffer = unsafe { std::slice::from_raw_parts(self.writer.buffer, self.writer.len) };
        assert_eq!(&buffer[before..], if result.is_ok() { twin.written() } else { b"" });
    }

    fn record(&mut self, message: &bj_message, metric: &Metric<'_>) {
        // SAFETY: the aggregator has its memory, and the message its datagram.
        let status = unsafe { bj_aggregator_record(self.aggregator, message, self.now) };
        let expected = self.twin.record(metric, &Source::default(), Time::from_millis(self.now));
        assert_eq!(status, expected.map_or_else(|full| BJ_FULL_BUFFER + full as i32, |()| BJ_OK));
    }

    fn flush(&mut self, all: bool) {
        let mut shown: Vec<Shown> = Vec::new();
        let user = (&raw mut shown).cast();
        // SAFETY: the aggregator has its memory, and the callback takes such a list.
        let status = unsafe { bj_aggregator_flush(self.aggregator, all.into(), self.now, Some(show), user) };
        assert_eq!(status, BJ_OK);
        let now = Time::from_millis(self.now);
        let flush = if all { self.twin.flush_all(now) } else { self.twin.flush(now) };
        let expected = flush.map(|series| {
            let value = match series.point {
                Point::Count(value) | Point::Gauge(value) => value,
                Point::Set(members) => members as f64,
                Point::Histogram(histogram) => histogram.avg(),
                Point::Distribution(sketch) => sketch.summary().avg,
                Point::Samples(_) | Point::Member(_) => unreachable!("it is no client's"),
            };
            let (name, host) = (series.name.to_vec(), series.host.to_vec());
            (name, host, series.kind as i32, series.timestamp, value.to_bits())
        });
        assert_eq!(shown, expected.collect::<Vec<_>>());
    }

    /// Calls the emitter for a metric, by strings if it can be told by them, and by texts with their length.
    fn call(&mut self, message: &bj_message, metric: &Metric<'_>) {
        let fields = bj_fields {
            sample_rate: if metric.sample_rate > 0.0 && metric.sample_rate <= 1.0 { metric.sample_rate } else { 0.0 },
            timestamp: message.timestamp,
            ..fields(message)
        };
        let value = metric.values.iter().next().unwrap_or_default();
        let set = message.metric_kind == bj_kind::BJ_SET as i32;
        // SAFETY: the emitter has its memory, and the texts are the message's.
        let status = unsafe {
            if set {
                bj_emitter_member(self.emitter, message.name, message.values.text, &fields, self.now)
            } else {
                bj_emitter_value(self.emitter, message.metric_kind, message.name, value, &fields, self.now)
            }
        };
        self.called(status);
        let (Ok(name), Ok(tags)) = (CString::new(metric.name), CString::new(slice(message.tags.text))) else { return };
        let tags = [tags.as_ptr(), c"b".as_ptr()];
        let by_kind =
            [bj_emitter_gauge, bj_emitter_gauge, bj_emitter_timing, bj_emitter_histogram, bj_emitter_distribution];
        // SAFETY: as above.
        let status = unsafe {
            match usize::try_from(message.metric_kind).ok().and_then(|kind| by_kind.get(kind)) {
                Some(_) if message.metric_kind == 0 => {
                    bj_emitter_count(self.emitter, name.as_ptr(), value as i64, tags.as_ptr(), 2, self.now)
                }
                Some(call) => call(self.emitter, name.as_ptr(), value, tags.as_ptr(), 2, self.now),
                None => bj_emitter_set(self.emitter, name.as_ptr(), c"m".as_ptr(), tags.as_ptr(), 1, self.now),
            }
        };
        self.called(status);
    }

    /// Calls the emitter for an event or a service check.
    fn tell(&mut self, message: &bj_message) {
        let fields = fields(message);
        // SAFETY: the emitter has its memory, and the texts are the message's.
        let status = unsafe {
            if message.kind == bj_message_kind::BJ_MESSAGE_EVENT as i32 {
                bj_emitter_event(self.emitter, message.name, message.text, &fields, self.now)
            } else {
                bj_emitter_service_check(self.emitter, message.name, message.status, &fields, self.now)
            }
        };
        self.called(status);
    }

    fn called(&mut self, status: bj_status) {
        assert!([BJ_OK, BJ_FULL_TAGS, BJ_NULL_TEXT].contains(&status), "{}", self.name(status));
        self.calls += u64::from(status == BJ_OK);
    }

    fn sketch(&mut self, value: f64, n: f64) {
        // SAFETY: the sketch has its words.
        let status = unsafe { bj_sketch_add_n(&raw mut self.sketch, value, n) };
        if value.is_finite() && n >= 1.0 {
            self.sketch_twin.insert_n(value, n);
        }
        let expected = match (value.is_finite(), n >= 1.0) {
            (false, _) => BJ_BAD_VALUE,
            (true, false) => BJ_BAD_WEIGHT,
            (true, true) => BJ_OK,
        };
        assert_eq!(status, expected);
        for (place, expected) in self.sketch_twin.bins().map(Some).chain([None]).enumerate() {
            let mut bin = bj_bin { key: 0, n: 0 };
            // SAFETY: as above.
            let status = unsafe { bj_sketch_bin(&raw const self.sketch, place, &raw mut bin) };
            let found = (status == BJ_OK).then_some((bin.key, bin.n));
            assert_eq!(found, expected.map(|bin| (i32::from(bin.key), bin.n)));
        }
        let mut quantile = 0.0;
        // SAFETY: as above.
        assert_eq!(unsafe { bj_sketch_quantile(&raw const self.sketch, n, &raw mut quantile) }, BJ_OK);
        assert_eq!(quantile.to_bits(), self.sketch_twin.quantile(n).to_bits());
    }

    fn name(&self, status: bj_status) -> String {
        // SAFETY: names are static strings.
        unsafe { std::ffi::CStr::from_ptr(bj_status_name(status)) }.to_string_lossy().into_owned()
    }

    /// What holds in the end.
    fn check(&mut self) {
        self.flush(true);
        self.run(&Op::Drain);
        let mut counters = std::mem::MaybeUninit::uninit();
        // SAFETY: the emitter has its memory, and counters are written on success.
        let counters: bj_client_counters = unsafe {
            assert_eq!(bj_emitter_stats(self.emitter, counters.as_mut_ptr()), BJ_OK);
            counters.assume_init()
        };
        assert_eq!(counters.metrics + counters.events + counters.service_checks, self.calls);
        let packets = counters.packets_sent + counters.packets_dropped_writer;
        let bytes = counters.bytes_sent + counters.bytes_dropped_writer;
        assert_eq!((packets, bytes), (self.sent.datagrams, self.sent.bytes));
        let memories = [&self.aggregator_memory, &self.emitter_memory, &self.buffer, &self.words];
        assert!(memories.iter().all(|memory| memory.is_whole()));
    }
}

/// The fields of a message, but for those of metrics.
fn fields(message: &bj_message) -> bj_fields {
    bj_fields {
        size: size_of::<bj_fields>(),
        sample_rate: 0.0,
        timestamp: message.timestamp,
        tags: message.tags.text,
        hostname: message.hostname,
        aggregation_key: message.aggregation_key,
        source_type: message.source_type,
        priority: message.priority,
        alert_type: message.alert_type,
        message: message.text,
        local_data: message.local_data,
        external_data: message.external_data,
        cardinality: message.cardinality,
    }
}

/// Runs a script, see [`crate::c_script`].
pub fn c_calls_are_what_they_wrap(bytes: &[u8]) {
    let script = Script::parse(bytes);
    let mut machine = Machine::new(&script);
    script.ops.iter().for_each(|op| machine.run(op));
    machine.check();
}
