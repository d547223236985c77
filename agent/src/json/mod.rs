//! JSON out of borrowed bytes.
//!
//! Bytes that are not UTF-8 appear as U+FFFD, numbers that JSON lacks as the strings "NaN", "+Inf" and "-Inf";
//! everything else is as it was. Objects are structs whose fields stand in the documented order, and each is one line.

mod event;
mod lines;
mod message;
mod metric;
mod number;
mod origin;
mod series;
mod service_check;
mod tags;
mod text;

pub(crate) use event::EventLine;
pub(crate) use lines::Lines;
pub(crate) use message::{write_message, write_refusal};
pub(crate) use number::Number;
pub(crate) use series::SeriesLine;
pub(crate) use service_check::ServiceCheckLine;
pub(crate) use tags::sorted;
pub(crate) use text::{Lossy, Unescaped};
