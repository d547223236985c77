//! Messages on their way to JavaScript: numbers in one array, texts as slices of one text, of which `lib/fields.js` makes objects. A value that
//! Node-API makes costs several times what JavaScript takes for one.
//!
//! A text is two numbers, its start and its end in UTF-16 units: in the datagram, if that is ASCII, and behind that in the encoder's own text, where
//! what is unescaped or repaired stands. A field that may be absent is there when its flag is set.

use basenji::core::ParseError;
use basenji::core::wire::{Event, Message, Messages, Metric, OriginFields, ServiceCheck, Tags, Text};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

/// The first number of a message.
mod kind {
    pub(super) const METRIC: f64 = 0.0;
    pub(super) const EVENT: f64 = 1.0;
    pub(super) const CHECK: f64 = 2.0;
    pub(super) const ERROR: f64 = 3.0;
}

/// The second number of a message: what else it has, in this order.
mod flag {
    pub(super) const RATE: u32 = 1;
    pub(super) const TAGS: u32 = 2;
    pub(super) const TIMESTAMP: u32 = 4;
    pub(super) const LOCAL_DATA: u32 = 8;
    pub(super) const EXTERNAL_DATA: u32 = 16;
    pub(super) const CARDINALITY: u32 = 32;
    pub(super) const HOST: u32 = 64;
    pub(super) const AGGREGATION_KEY: u32 = 128;
    pub(super) const SOURCE_TYPE: u32 = 256;
    pub(super) const MESSAGE: u32 = 512;
    /// A metric's one value is the member of a set.
    pub(super) const MEMBER: u32 = 1024;
}

/// What messages are written into.
#[derive(Default)]
pub(crate) struct Encoder {
    numbers: Vec<f64>,
    own: Vec<u16>,
    /// Whether the datagram is ASCII: only then it is part of the text.
    is_ascii: bool,
    /// Where the datagram is, and its length as a part of the text.
    base: (usize, usize),
}

/// Numbers and the text that they point into, for what is no datagram.
#[napi(object)]
pub struct Encoded {
    pub numbers: Float64Array,
    pub text: String,
}

impl Encoder {
    /// Forgets everything, and takes slices of `datagram` as such.
    pub(crate) fn begin(&mut self, datagram: &[u8]) {
        self.numbers.clear();
        self.own.clear();
        self.is_ascii = datagram.is_ascii();
        self.base = (datagram.as_ptr() as usize, if self.is_ascii { datagram.len() } else { 0 });
    }

    /// Every line of the datagram in order, the errors of bad ones in their places.
    pub(crate) fn datagram(&mut self, datagram: &[u8]) {
        self.begin(datagram);
        let mut messages = Messages::new(datagram);
        while let Some(message) = messages.next() {
            match message {
                Ok(Message::Metric(metric)) => self.metric(&metric),
                Ok(Message::Event(event)) => self.event(&event),
                Ok(Message::ServiceCheck(check)) => self.check(&check),
                Err(error) => self.error(error, messages.line()),
            }
        }
    }

    pub(crate) fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// What stands behind the datagram's text.
    pub(crate) fn own(&self) -> &[u16] {
        &self.own
    }

    /// Whether not all texts are in the datagram, or none because it is not ASCII.
    pub(crate) fn is_apart(&self) -> bool {
        !self.own.is_empty() || !self.is_ascii
    }

    /// Gives back the memory of more than so many numbers.
    pub(crate) fn shrink_to(&mut self, numbers: usize) {
        self.numbers.truncate(numbers);
        self.numbers.shrink_to(numbers);
        self.own.truncate(numbers);
        self.own.shrink_to(numbers);
    }

    /// All of it, where there was no datagram.
    pub(crate) fn finish(self) -> Encoded {
        Encoded { numbers: Float64Array::new(self.numbers), text: String::from_utf16_lossy(&self.own) }
    }

    fn metric(&mut self, metric: &Metric<'_>) {
        let start = self.head(kind::METRIC);
        self.numbers.push(f64::from(metric.kind as u8));
        self.text(metric.name);
        let mut flags = 0;
        if let Some(member) = metric.values.member() {
            flags |= flag::MEMBER;
            self.text(member);
        } else {
            let count = self.count();
            self.numbers.extend(metric.values.iter());
            self.counted(count);
        }
        if metric.sample_rate != 1.0 {
            flags |= flag::RATE;
            self.numbers.push(metric.sample_rate);
        }
        flags |= self.tags(metric.tags);
        flags |= self.timestamp(metric.timestamp.map(|seconds| seconds as f64));
        flags |= self.origin(metric.origin);
        self.numbers[start + 1] = f64::from(flags);
    }

    /// An event, with its title and text unescaped.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        let start = self.head(kind::EVENT);
        self.unescaped(event.title);
        self.unescaped(event.text);
        self.told(event.priority.name());
        self.told(event.alert_type.name());
        let mut flags = self.tags(event.tags);
        flags |= self.timestamp(event.timestamp.map(|seconds| seconds as f64));
        flags |= self.origin(event.origin);
        flags |= self.maybe(event.hostname, flag::HOST);
        flags |= self.maybe(event.aggregation_key, flag::AGGREGATION_KEY);
        flags |= self.maybe(event.source_type, flag::SOURCE_TYPE);
        self.numbers[start + 1] = f64::from(flags);
    }

    /// A service check.
    pub(crate) fn check(&mut self, check: &ServiceCheck<'_>) {
        let start = self.head(kind::CHECK);
        self.numbers.push(f64::from(check.status as u8));
        self.text(check.name);
        let mut flags = self.tags(check.tags);
        flags |= self.timestamp(check.timestamp.map(|seconds| seconds as f64));
        flags |= self.origin(check.origin);
        flags |= self.maybe(check.hostname, flag::HOST);
        flags |= self.maybe(check.message, flag::MESSAGE);
        self.numbers[start + 1] = f64::from(flags);
    }

    /// What is wrong with a line, and where.
    pub(crate) fn error(&mut self, error: ParseError, line: &[u8]) {
        self.head(kind::ERROR);
        self.numbers.extend([f64::from(error.kind.code()), error.offset as f64]);
        self.told(error.kind.name());
        self.told(&error.to_string());
        self.text(line);
    }

    /// The kind of a message and the place of its flags; where they stand.
    fn head(&mut self, kind: f64) -> usize {
        self.numbers.extend([kind, 0.0]);
        self.numbers.len() - 2
    }

    /// The place of a number of what follows.
    fn count(&mut self) -> usize {
        self.numbers.push(0.0);
        self.numbers.len()
    }

    fn counted(&mut self, start: usize) {
        self.numbers[start - 1] = (self.numbers.len() - start) as f64;
    }

    #[inline]
    fn text(&mut self, bytes: &[u8]) {
        let (base, len) = self.base;
        let start = (bytes.as_ptr() as usize).wrapping_sub(base);
        // Bytes of another place are never within the datagram, which lives.
        if start < len && bytes.len() <= len - start {
            self.numbers.extend([start as f64, (start + bytes.len()) as f64]);
        } else {
            self.told(&String::from_utf8_lossy(bytes));
        }
    }

    fn told(&mut self, text: &str) {
        let start = self.base.1 + self.own.len();
        self.own.extend(text.encode_utf16());
        self.numbers.extend([start as f64, (self.base.1 + self.own.len()) as f64]);
    }

    fn unescaped(&mut self, text: Text<'_>) {
        match text {
            Text::Plain(bytes) => self.text(bytes),
            Text::Wire(bytes) if !bytes.contains(&b'\\') => self.text(bytes),
            text => self.told(&String::from_utf8_lossy(&text.bytes().collect::<Vec<_>>())),
        }
    }

    fn maybe(&mut self, bytes: Option<&[u8]>, flag: u32) -> u32 {
        let Some(bytes) = bytes else { return 0 };
        self.text(bytes);
        flag
    }

    #[inline]
    fn tags(&mut self, tags: Tags<'_>) -> u32 {
        if tags.is_empty() {
            return 0;
        }
        let count = self.count();
        for tag in tags {
            self.text(tag);
        }
        self.counted(count);
        flag::TAGS
    }

    fn timestamp(&mut self, seconds: Option<f64>) -> u32 {
        let Some(seconds) = seconds else { return 0 };
        self.numbers.push(seconds);
        flag::TIMESTAMP
    }

    #[inline]
    fn origin(&mut self, origin: OriginFields<'_>) -> u32 {
        self.maybe(origin.local_data, flag::LOCAL_DATA)
            | self.maybe(origin.external_data, flag::EXTERNAL_DATA)
            | self.maybe(origin.cardinality, flag::CARDINALITY)
    }
}
