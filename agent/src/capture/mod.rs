//! Captures: datagrams as they came, with their time, listener and origin, in files of the Agent's format.
//!
//! ```text
//! worker --Copier: a queue bounded in bytes--> GET /capture --> basenji capture --Writer--> FILE --Reader--> basenji replay
//! ```
//!
//! While no capture runs, a datagram costs one load. While one does, no worker waits for it: what comes faster than its
//! reader takes it is left out and counted. The daemon writes no file itself: who captures needs a way to its HTTP, and
//! owns the file.

mod copier;
mod file;
mod frames;
mod message;
mod reader;
#[cfg(test)]
mod reference;
mod serve;
mod state;
mod take;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use copier::Copier;
pub(crate) use file::open;
pub(crate) use message::Captured;
pub(crate) use reader::{Fault, Reader};
pub(crate) use serve::serve;
pub(crate) use state::State;
pub(crate) use take::run;
