//! The protocol.

mod block;
mod datagram;
mod event;
mod fields;
pub mod framing;
pub(crate) mod grammar;
mod metric;
pub mod number;
mod scan;
pub(crate) mod search;
mod service_check;
mod tags;
mod window;
mod writer;

pub(crate) use block::WIDE;
pub use datagram::{Lines, Messages};
pub use event::{AlertType, Event, Priority, Text};
pub use fields::{Cardinality, ExternalData, LocalData, OriginFields};
pub use metric::{Metric, MetricKind, Numbers, ValueIter, Values};
pub use service_check::{ServiceCheck, Status};
pub use tags::{TagIter, Tags};
pub use writer::{Part, WriteError, Writer};

use crate::ParseError;

/// One message of the protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Message<'a> {
    /// A metric with its values.
    Metric(Metric<'a>),
    /// An event.
    Event(Event<'a>),
    /// A service check.
    ServiceCheck(ServiceCheck<'a>),
}

impl<'a> Message<'a> {
    /// Parses one line, without its line end.
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        Self::parse_up_to::<b'|'>(line)
    }

    /// [`Message::parse`] for a line that is known not to hold `END`, unless that is `|`.
    fn parse_up_to<const END: u8>(line: &'a [u8]) -> Result<Self, ParseError> {
        if line.starts_with(b"_e{") {
            Event::parse(line).map(Message::Event)
        } else if line.starts_with(b"_sc|") {
            ServiceCheck::parse(line).map(Message::ServiceCheck)
        } else {
            Metric::parse_up_to::<END>(line).map(Message::Metric)
        }
    }

    /// Writes the message as one line with its newline.
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        match self {
            Message::Metric(metric) => metric.write(writer),
            Message::Event(event) => event.write(writer),
            Message::ServiceCheck(check) => check.write(writer),
        }
    }
}
