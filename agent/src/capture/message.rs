//! One datagram in a capture: the Agent's message `UnixDogstatsdMsg`, and three fields that it passes over.

use basenji::server::{Arrival, ListenerKind};

use crate::encode::fields::{Fields, Malformed, Value};
use crate::encode::protobuf::Message;

/// Fields of ours, far from the Agent's.
const LISTENER: u32 = 101;
const CONTAINER: u32 = 102;
const TRUNCATED: u32 = 103;

/// One datagram or frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Captured<'a> {
    /// When it came: nanoseconds since 1970; seconds in files of version 1 and 2 until [`Reader`](super::Reader) has
    /// turned them.
    pub(crate) at: i64,
    pub(crate) payload: &'a [u8],
    /// The sender's process; 0 where it is not known.
    pub(crate) pid: i32,
    /// The sender's container; empty where it is not known.
    pub(crate) container: &'a [u8],
    /// Where it came in; the Agent does not tell.
    pub(crate) listener: Option<ListenerKind>,
    /// Whether its end is missing.
    pub(crate) is_truncated: bool,
}

impl<'a> Captured<'a> {
    /// What a daemon has received at this time.
    pub(crate) fn new(arrival: &Arrival<'a>, at: i64) -> Captured<'a> {
        Captured {
            at,
            payload: arrival.bytes,
            pid: arrival.pid.and_then(|pid| i32::try_from(pid).ok()).unwrap_or(0),
            container: arrival.container.unwrap_or_default(),
            listener: Some(arrival.listener),
            is_truncated: arrival.is_truncated,
        }
    }

    /// Appends it.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut message = Message::new(out);
        message.int(1, self.at);
        message.int(2, self.payload.len() as i64);
        message.bytes(3, self.payload);
        if self.pid != 0 {
            message.int(4, self.pid.into());
        }
        if let Some(listener) = self.listener {
            message.uint(LISTENER, listener as u64 + 1);
        }
        if !self.container.is_empty() {
            message.bytes(CONTAINER, self.container);
        }
        if self.is_truncated {
            message.uint(TRUNCATED, 1);
        }
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// It is no message of this kind.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Captured<'a>, Malformed> {
        let mut captured = Captured::default();
        let mut len = None;
        for field in Fields::of(bytes) {
            match field? {
                (1, Value::Varint(at)) => captured.at = at as i64,
                (2, Value::Varint(bytes)) => len = Some(bytes),
                (3, Value::Bytes(payload)) => captured.payload = payload,
                (4, Value::Varint(pid)) => captured.pid = pid as i32,
                (101, Value::Varint(number)) => {
                    let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
                    captured.listener = place.and_then(|place| ListenerKind::ALL.get(place)).copied();
                }
                (102, Value::Bytes(container)) => captured.container = container,
                (103, Value::Varint(flag)) => captured.is_truncated = flag != 0,
                _ => {}
            }
        }
        // A field of 0 is left out.
        match len.unwrap_or(0) == captured.payload.len() as u64 {
            true => Ok(captured),
            false => Err(Malformed { offset: 0, problem: "the payload has not the length that it says" }),
        }
    }
}
