//! What a drop-in of a worker thread has buffered and aggregated in JavaScript, told here as it comes: a worker that is terminated runs no more
//! JavaScript, and what waits is sent when its environment ends. Elsewhere a process's exit handlers do that, and nothing is told.

use std::cell::RefCell;

use basenji::core::wire::number::{NumberBuffer, Style, format};
use napi::bindgen_prelude::Object;
use napi::{Env, Result, sys};
use napi_derive::napi;

use crate::raw::{self, Call};
use crate::socket;

/// Where a context's line is put together.
struct Place {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Its count or gauge; none for a member of a set, which is all in `head`.
    value: Option<f64>,
}

#[derive(Default)]
struct Will {
    socket: Option<u32>,
    /// Most bytes of a datagram of several lines.
    limit: usize,
    /// The datagram that is being filled.
    buffer: Vec<u8>,
    /// The contexts of this interval; none where one has been sent before its time.
    places: Vec<Option<Place>>,
}

impl Will {
    /// Sends all of it.
    fn execute(self) {
        let Some(socket) = self.socket else { return };
        let mut datagram = self.buffer;
        let send = |datagram: &[u8]| {
            if !datagram.is_empty() {
                // Nobody is left who could be told of an error.
                socket::send(socket, datagram);
            }
        };
        let mut number = NumberBuffer::default();
        for Place { head, tail, value } in self.places.into_iter().flatten() {
            let value = value.map_or(&[][..], |value| format(value, Style::JavaScript, &mut number));
            let len = head.len() + value.len() + tail.len();
            if !datagram.is_empty() && datagram.len() + 1 + len > self.limit {
                send(&datagram);
                datagram.clear();
            }
            if !datagram.is_empty() {
                datagram.push(b'\n');
            }
            for part in [&head, value, &tail] {
                datagram.extend_from_slice(part);
            }
        }
        send(&datagram);
    }
}

thread_local! {
    /// The wills of this isolate; the place is the number that JavaScript has.
    static WILLS: RefCell<Vec<Option<Will>>> = const { RefCell::new(Vec::new()) };
}

fn with<T: Default>(number: u32, work: impl FnOnce(&mut Will) -> T) -> T {
    WILLS.with_borrow_mut(|wills| wills.get_mut(number as usize).and_then(Option::as_mut).map(work).unwrap_or_default())
}

/// Sends what all drop-ins of this isolate have left.
pub(crate) fn execute() {
    let wills = WILLS.with_borrow_mut(std::mem::take);
    wills.into_iter().flatten().for_each(Will::execute);
}

/// A will with nothing in it; its number.
#[napi]
pub(crate) fn open_will(limit: u32) -> u32 {
    WILLS.with_borrow_mut(|wills| {
        let place = wills.iter().position(Option::is_none).unwrap_or(wills.len());
        if place == wills.len() {
            wills.push(None);
        }
        wills[place] = Some(Will { limit: limit as usize, ..Will::default() });
        place as u32
    })
}

/// Says through which socket it is sent, -1 for none.
#[napi]
pub(crate) fn will_through(number: u32, socket: i32) {
    with(number, |will| will.socket = u32::try_from(socket).ok());
}

/// Lets go of a will; its number may be another's afterwards.
#[napi]
pub(crate) fn close_will(number: u32) {
    WILLS.with_borrow_mut(|wills| {
        if let Some(place) = wills.get_mut(number as usize) {
            *place = None;
        }
    });
}

/// `willLine(will, line)`: a line came to the buffer.
unsafe extern "C" fn line(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<2>::new(env, info) };
    with(call.index(0), |will| {
        if !will.buffer.is_empty() {
            will.buffer.push(b'\n');
        }
        call.append(1, &mut will.buffer);
    });
    call.result(0)
}

/// `willSent(will)`: the buffer has been sent.
unsafe extern "C" fn sent(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<1>::new(env, info) };
    with(call.index(0), |will| will.buffer.clear());
    call.result(0)
}

/// `willContext(will, head, tail)`: the place of a new context, whose line is the head, a value and the tail.
unsafe extern "C" fn context(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<3>::new(env, info) };
    let text = |at| call.text(at, |bytes| bytes.to_vec());
    let place = Place { head: text(1), tail: text(2), value: None };
    let number = with(call.index(0), |will| {
        will.places.push(Some(place));
        will.places.len() - 1
    });
    call.result(i32::try_from(number).unwrap_or(i32::MAX))
}

/// `willValue(will, place, value)`: the value of a context, or with no value that it has been sent.
unsafe extern "C" fn value(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<3>::new(env, info) };
    with(call.index(0), |will| {
        if let Some(place) = will.places.get_mut(call.index(1) as usize) {
            match (call.number(2), &mut *place) {
                // A set's members have no value: their lines are whole.
                (Some(value), Some(place)) => place.value = Some(value),
                _ => *place = None,
            }
        }
    });
    call.result(0)
}

/// `willFlushed(will)`: all contexts have been sent.
unsafe extern "C" fn flushed(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<1>::new(env, info) };
    with(call.index(0), |will| will.places.clear());
    call.result(0)
}

/// Adds the functions.
pub(crate) fn export(env: &Env, exports: &Object<'_>) -> Result<()> {
    raw::export(env, exports, c"willLine", line)?;
    raw::export(env, exports, c"willSent", sent)?;
    raw::export(env, exports, c"willContext", context)?;
    raw::export(env, exports, c"willValue", value)?;
    raw::export(env, exports, c"willFlushed", flushed)
}
