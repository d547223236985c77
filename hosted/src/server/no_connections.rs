//! The stream connections of a worker where there are no Unix sockets: none.

use basenji_core::Time;

use super::intake::Intake;
use super::socket::{Limits, StreamListener};
use super::sys::Poller;

/// No connections.
pub(crate) struct Connections;

impl Connections {
    pub(crate) fn new(_: Vec<StreamListener>, _: Limits, _: &mut Poller, _: usize) -> Connections {
        Connections
    }

    pub(crate) fn read(&mut self, _: &mut Poller, _: &mut Intake, _: Time) {}

    pub(crate) fn drain(&mut self, _: &mut Poller, _: &mut Intake, _: Time) -> bool {
        false
    }

    pub(crate) fn shut(&mut self) -> bool {
        true
    }

    pub(crate) fn close(&mut self, _: &mut Poller, _: &mut Intake) {}

    pub(crate) fn resume(&self, _: &mut Poller) {}
}
