//! What Python calls to buffer lines.

use std::mem;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::emitter::Emitter;
use crate::plain::lock;

#[pymethods]
impl Emitter {
    /// Whether lines are buffered, and the most bytes of a datagram.
    fn _set_buffer(&self, on: bool, most: usize) {
        let buffered = &mut lock(&self.plain).buffered;
        (buffered.on, buffered.most) = (on, most);
    }

    /// Buffers a line; returns the datagram to send first, if there was no room for the line, and the number by which it is in hand.
    fn _buffer<'py>(&self, py: Python<'py>, line: &[u8], timestamped: bool) -> Option<(Bound<'py, PyBytes>, u64)> {
        let full = {
            let buffered = &mut lock(&self.plain).buffered;
            buffered.keep(line, timestamped).map(|packet| (packet, buffered.in_hand.take()))
        };
        full.map(|(packet, number)| (PyBytes::new(py, &packet), number))
    }

    /// Takes what is buffered.
    fn _take_buffer<'py>(&self, py: Python<'py>, timestamped: bool) -> Option<Bound<'py, PyBytes>> {
        let packet = mem::take(&mut lock(&self.plain).buffered.lines[usize::from(timestamped)]);
        (!packet.is_empty()).then(|| PyBytes::new(py, &packet))
    }

    /// To be called before something is taken; the number of what is taken.
    fn _take_in_hand(&self) -> u64 {
        lock(&self.plain).buffered.in_hand.take()
    }

    /// What has this number is sent or lost.
    fn _let_go(&self, number: u64) {
        lock(&self.plain).buffered.in_hand.let_go(number);
    }

    /// The number of what was taken last.
    fn _last_taken(&self) -> u64 {
        lock(&self.plain).buffered.in_hand.next
    }

    /// Whether other threads have yet to send what they have taken, up to this number.
    fn _is_with_others(&self, number: u64) -> bool {
        lock(&self.plain).buffered.in_hand.is_with_others(number)
    }

    /// Whether something is buffered.
    fn _holds_lines(&self) -> bool {
        lock(&self.plain).buffered.lines.iter().any(|lines| !lines.is_empty())
    }
}
