//! What Python calls to buffer lines.

use std::mem;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyTuple};

use crate::datagram::Datagram;
use crate::emitter::Emitter;
use crate::gate;
use crate::plain::lock;

#[pymethods]
impl Emitter {
    /// Whether lines are buffered, and the most bytes of a datagram.
    fn _set_buffer(&self, on: bool, most: usize) {
        let buffered = &mut lock(&self.plain).buffered;
        (buffered.on, buffered.most) = (on, most);
    }

    /// Buffers a line; returns the outcome of `_queue_or_send` for the datagram that there was no room beside, or else True.
    fn _buffer<'py>(slf: &Bound<'py, Self>, line: &[u8], timestamped: bool) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let full = {
            let buffered = &mut lock(&slf.get().plain).buffered;
            buffered.keep(line, timestamped).map(|packet| (packet, buffered.in_hand.take()))
        };
        let Some((packet, number)) = full else { return Ok(PyBool::new(py, true).to_owned().into_any()) };
        let datagram = Bound::new(py, Emitter::datagram(slf, &packet, None))?;
        Emitter::in_hand(slf, number, || {
            gate::method(slf, pyo3::intern!(py, "_queue_or_send"), (datagram, timestamped))
        })
    }

    /// A datagram that this one counts.
    fn _datagram(slf: &Bound<'_, Self>, packet: &[u8]) -> Datagram {
        Emitter::datagram(slf, packet, None)
    }

    /// Takes what is buffered.
    fn _take_buffer(slf: &Bound<'_, Self>, timestamped: bool) -> Option<Datagram> {
        let packet = mem::take(&mut lock(&slf.get().plain).buffered.lines[usize::from(timestamped)]);
        (!packet.is_empty()).then(|| Emitter::datagram(slf, &packet, None))
    }

    /// Calls `work`, which takes something and sends it.
    fn _in_hand<'py>(slf: &Bound<'py, Self>, work: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let number = lock(&slf.get().plain).buffered.in_hand.take();
        Emitter::in_hand(slf, number, || gate::call(work, &PyTuple::empty(slf.py())))
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
