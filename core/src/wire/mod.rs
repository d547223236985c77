//! The protocol: bytes to messages and back, versions 1.0 to 1.6.
//!
//! ```text
//! datagram = line *( LF line )                  a CR before the LF, and lines of no bytes, are passed over
//! line     = event / check / metric             it begins with "_e{", with "_sc|", or with anything else
//! metric   = name ":" value "|" type *( "|" field )
//! event    = "_e{" length "," length "}:" title "|" text *( "|" field )
//! check    = "_sc|" name "|" status *( "|" field )
//! type     = "c" / "g" / "ms" / "h" / "d" / "s"
//! value    = number *( ":" number )             of a set one member, which may be any text
//! status   = "0" / "1" / "2" / "3"
//! ```
//!
//! Fields come in any order, the last of a kind holds, and one that is unknown or empty is passed over:
//!
//! | field | since | metric | event | check | what it is |
//! | --- | --- | --- | --- | --- | --- |
//! | `#a,b:c` | 1.0 | yes | yes | yes | [`Tags`] |
//! | `@0.5` | 1.0 | yes | | | the share of samples that were sent |
//! | `1:2:3`, in the value | 1.1 | not of sets | | | packed [`Values`] |
//! | `c:` | 1.2, 1.4 | yes | yes | yes | [`LocalData`]: the container; since 1.4 also as `ci-` and `in-` |
//! | `T` | 1.3 | yes | | | seconds since 1970, 1 or more |
//! | `e:` | 1.5 | yes | yes | yes | [`ExternalData`]: init container, container name, pod uid |
//! | `card:` | 1.6 | yes | yes | yes | [`Cardinality`] |
//! | `d:`, `h:` | 1.0 | | yes | yes | seconds since 1970; the host |
//! | `k:`, `p:`, `s:`, `t:` | 1.0 | | yes | | aggregation key, [`Priority`], source type, [`AlertType`] |
//! | `m:` | 1.0 | | | yes | the message |
//!
//! What is promised, and after which call:
//!
//! - [`Messages`] gives one item for each line that is not empty. A line that is refused changes nothing for the others; its [`ParseError`] has the
//!   reason and the place.
//! - After [`Metric::parse`] the name has at least one byte, every value is a number and there is at least one (or a member of at least one byte), the
//!   timestamp is 1 or more. The rate may be any number, and values may be NaN or infinite: what to do with those is for the aggregation.
//! - After [`Event::parse`] the title has at least one byte; after [`ServiceCheck::parse`] the name has, and the status is one of four. A field of theirs
//!   with a bad value is dropped and counted in `bad_fields`.
//! - Everything is borrowed from the line. No text is known to be UTF-8.
//! - After `write` has returned `Ok`, the [`Writer`] holds one whole line that is parsed as the same message; after an error it holds what it held before.
//! - Parsing and writing cost time in the length of the line, and nothing is allocated.

mod block;
mod blocks;
mod datagram;
mod event;
mod fields;
pub mod framing;
pub(crate) mod grammar;
mod join;
mod kind;
mod metric;
pub mod number;
mod outline;
mod scan;
pub(crate) mod search;
mod service_check;
mod tags;
mod values;
mod window;
mod writer;

pub(crate) use block::WIDE;
pub use datagram::{Lines, Messages};
pub use event::{AlertType, Event, Priority, Text};
pub use fields::{Cardinality, ExternalData, LocalData, OriginFields};
pub use join::{Joined, join};
pub use kind::MetricKind;
pub use metric::Metric;
pub use outline::Outline;
pub use service_check::{ServiceCheck, Status};
pub use tags::{TagIter, TagTexts, Tags};
pub use values::{Numbers, ValueIter, Values};
pub use writer::{Part, WriteError, Writer};

use crate::ParseError;

/// One message of the protocol.
///
/// # Example
///
/// ```
/// use basenji_core::wire::{Message, Writer};
///
/// let message = Message::parse(b"page.views:1|c|#env:dev")?;
/// assert!(matches!(message, Message::Metric(metric) if metric.name == b"page.views"));
///
/// let mut buffer = [0; 64];
/// let mut writer = Writer::new(&mut buffer);
/// assert!(message.write(&mut writer).is_ok());
/// assert_eq!(writer.written(), b"page.views:1|c|#env:dev\n");
/// # Ok::<(), basenji_core::ParseError>(())
/// ```
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
    /// Parses one line, without its line end. Cost: linear in the line.
    ///
    /// # Errors
    ///
    /// Those of [`Event::parse`], [`ServiceCheck::parse`] or [`Metric::parse`], by how the line begins.
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

    /// Writes the message as one line with its newline; on an error the buffer is as it was.
    ///
    /// # Errors
    ///
    /// Those of [`Metric::write`], [`Event::write`] or [`ServiceCheck::write`].
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        match self {
            Message::Metric(metric) => metric.write(writer),
            Message::Event(event) => event.write(writer),
            Message::ServiceCheck(check) => check.write(writer),
        }
    }
}
