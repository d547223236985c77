//! A naive twin of the wire parser and of the aggregator: the protocol once more, with nothing but the standard library.
//!
//! It is written from the protocol's description, not from `basenji-core`, of which it uses only [`ErrorKind`](basenji_core::ErrorKind) and the settings:
//! everything is split into vectors and copied, and every rule stands alone. Where the two disagree, one of them is wrong.

mod aggregate;
mod datagram;
mod event;
mod framing;
mod metric;
mod number;
mod parts;
mod service_check;
mod text;

pub use aggregate::{Aggregator, Key, Point, Sample, Source};
pub use datagram::{Line, Tail, datagram};
pub use event::Event;
pub use framing::{Framed, frames};
pub use metric::Metric;
pub use number::parse_float;
pub use parts::{Cardinality, ExternalData, LocalData};
pub use service_check::ServiceCheck;
pub use text::{Bytes, Number, Origin, Refusal};

/// One message, owned.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A metric.
    Metric(Metric),
    /// An event.
    Event(Event),
    /// A service check.
    ServiceCheck(ServiceCheck),
}

/// The message on one line, without its line end.
pub fn parse(line: &[u8]) -> Result<Message, Refusal> {
    if line.starts_with(b"_e{") {
        event::parse(line).map(Message::Event)
    } else if line.starts_with(b"_sc|") {
        service_check::parse(line).map(Message::ServiceCheck)
    } else {
        metric::parse(line).map(Message::Metric)
    }
}
