//! The client behind an emitter: with and without the code of aggregation, of which a program has what it asks for.

use core::ffi::c_void;

use basenji_core::aggregate::Storage;
use basenji_core::client::{CheckCall, Client, Counters, EventCall, MetricCall, Ours};
use basenji_core::{Full, Time};

use crate::status::*;

/// A client, whatever its memory.
pub(crate) trait Emit {
    fn sample_rate(&self) -> f64;
    fn metric(&mut self, call: &MetricCall<'_>, now: Time) -> Result<(), Full>;
    fn event(&mut self, call: &EventCall<'_>, now: Time) -> Result<(), Full>;
    fn service_check(&mut self, call: &CheckCall<'_>, now: Time) -> Result<(), Full>;
    fn flush(&mut self, now: Time);
    fn poll_transmit(&mut self, now: Time) -> Option<&[u8]>;
    fn next_deadline(&self) -> Option<Time>;
    fn counters(&mut self) -> &mut Counters;
}

/// The client of an emitter.
pub(crate) type Emitting<S> = Client<S, &'static mut [u8], &'static [u8], Ours>;

impl<S: Storage> Emit for Emitting<S> {
    fn sample_rate(&self) -> f64 {
        self.options().sample_rate
    }

    fn metric(&mut self, call: &MetricCall<'_>, now: Time) -> Result<(), Full> {
        Client::metric(self, call, now)
    }

    fn event(&mut self, call: &EventCall<'_>, now: Time) -> Result<(), Full> {
        Client::event(self, call, now)
    }

    fn service_check(&mut self, call: &CheckCall<'_>, now: Time) -> Result<(), Full> {
        Client::service_check(self, call, now)
    }

    fn flush(&mut self, now: Time) {
        Client::flush(self, now);
    }

    fn poll_transmit(&mut self, now: Time) -> Option<&[u8]> {
        Client::poll_transmit(self, now)
    }

    fn next_deadline(&self) -> Option<Time> {
        Client::next_deadline(self)
    }

    fn counters(&mut self) -> &mut Counters {
        self.counters_mut()
    }
}

/// Takes a datagram: 0 if it was taken, anything else if it is lost. The bytes are good until it returns. It must not unwind or jump away.
pub type bj_on_send = Option<unsafe extern "C" fn(user: *mut c_void, datagram: *const u8, len: usize) -> i32>;

/// What an emitter works with.
pub(crate) struct Transmitter {
    pub(crate) client: &'static mut dyn Emit,
    pub(crate) send: unsafe extern "C" fn(user: *mut c_void, datagram: *const u8, len: usize) -> i32,
    pub(crate) user: *mut c_void,
}

impl Transmitter {
    /// Makes a call, and sends what is to be sent for it.
    ///
    /// # Errors
    ///
    /// `BJ_FULL_BUFFER`: there is no room for it although nothing waits.
    pub(crate) fn call(
        &mut self,
        now: Time,
        call: impl Fn(&mut dyn Emit) -> Result<(), Full>,
    ) -> Result<(), bj_status> {
        let mut drained = false;
        while call(self.client).is_err() {
            if self.send_next(now) {
                continue;
            }
            if drained {
                return Err(BJ_FULL_BUFFER);
            }
            // A line for which there is no room beside a datagram that is not full: that has to leave early.
            self.client.flush(now);
            drained = true;
        }
        self.send_due(now);
        Ok(())
    }

    /// Sends each datagram that is due.
    pub(crate) fn send_due(&mut self, now: Time) {
        while self.send_next(now) {}
    }

    /// Sends the next datagram that is due; false if there is none.
    fn send_next(&mut self, now: Time) -> bool {
        let Some(datagram) = self.client.poll_transmit(now) else { return false };
        let len = datagram.len();
        // SAFETY: the caller gave it for this.
        let taken = unsafe { (self.send)(self.user, datagram.as_ptr(), len) } == 0;
        let counters = self.client.counters();
        let traffic = if taken { &mut counters.sent } else { &mut counters.dropped_writer };
        traffic.packets = traffic.packets.wrapping_add(1);
        traffic.bytes = traffic.bytes.wrapping_add(len as u64);
        true
    }
}
