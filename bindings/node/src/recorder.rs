//! The clients of an isolate, by number, and what is called once a metric.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use basenji::client::{Client, Memory, MetricCall, Series, Troubles, Value};
use basenji::core::wire::{MetricKind, Tags};
use napi::bindgen_prelude::Object;
use napi::{Env, Error, Result, sys};

use crate::arena::Arena;
use crate::ending;
use crate::raw::{self, Call};

/// A client and what JavaScript has for it.
pub(crate) struct Recorder {
    pub(crate) client: Client,
    pub(crate) arena: Arena,
    pub(crate) troubles: Arc<Troubles>,
    /// The datagrams that the program's own transport is to send.
    pub(crate) handed: Option<Memory>,
    /// Those that JavaScript has a number for, each with its kind.
    series: Vec<(MetricKind, Series)>,
}

/// Largest whole number up to which doubles are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A count's number as a whole one, where it is.
pub(crate) fn exact(kind: MetricKind, value: f64) -> Value<'static> {
    match kind {
        MetricKind::Count if value.fract() == 0.0 && value.abs() <= EXACT => Value::I64(value as i64),
        _ => Value::F64(value),
    }
}

impl Recorder {
    fn take(client: &Client, kind: MetricKind, name: &[u8], tags: &[u8], value: Value<'_>) {
        let sample_rate = client.sample_rate();
        client.metric(&MetricCall { tags: Tags::Text(tags), sample_rate, ..MetricCall::new(name, kind, value) });
    }

    /// Has what was called sent, and waits for nothing.
    pub(crate) fn start(&mut self) {
        self.drain();
        self.client.flush_within(Duration::ZERO);
    }

    /// Makes the calls that wait in the arena.
    pub(crate) fn drain(&mut self) {
        let Recorder { arena, series, .. } = self;
        arena.drain(|number, value| {
            if let Some((kind, series)) = series.get(number as usize) {
                series.call(exact(*kind, value));
            }
        });
    }
}

thread_local! {
    /// The clients of this isolate; the place is the number that JavaScript has.
    static RECORDERS: RefCell<Vec<Option<Recorder>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a client; its number.
pub(crate) fn keep(client: Client, arena: Arena, troubles: Arc<Troubles>, handed: Option<Memory>) -> u32 {
    RECORDERS.with_borrow_mut(|recorders| {
        let place = recorders.iter().position(Option::is_none).unwrap_or(recorders.len());
        if place == recorders.len() {
            recorders.push(None);
        }
        recorders[place] = Some(Recorder { client, arena, series: Vec::new(), troubles, handed });
        place as u32
    })
}

/// Lets go of a client; its number may be another's afterwards.
pub(crate) fn forget(number: u32) {
    let gone = RECORDERS.with_borrow_mut(|recorders| recorders.get_mut(number as usize).and_then(Option::take));
    // Not while they are borrowed: it may wait for what it sends.
    drop(gone);
}

/// Does something with a client. No JavaScript runs meanwhile.
pub(crate) fn with<T>(number: u32, work: impl FnOnce(&mut Recorder) -> T) -> Result<T> {
    RECORDERS.with_borrow_mut(|recorders| match recorders.get_mut(number as usize) {
        Some(Some(recorder)) => Ok(work(recorder)),
        _ => Err(Error::from_reason("the client is closed")),
    })
}

/// Sends what all clients of this isolate have left, and ends them: the environment ends, and JavaScript with it.
pub(crate) fn end() {
    let mut left = RECORDERS.with_borrow_mut(std::mem::take);
    left.iter_mut().flatten().for_each(Recorder::start);
    for recorder in left.into_iter().flatten() {
        // An exit handler has waited already.
        match recorder.arena.is_over() {
            true => recorder.client.close_within(Duration::ZERO),
            false => ending::wait(|limit| recorder.client.close_within(limit)),
        };
    }
}

fn kind_of(code: u32) -> Option<MetricKind> {
    MetricKind::ALL.get(code as usize).copied()
}

/// `enter(recorder, kind, name, tags)`: the number of a new context, the next one of the client; negative for what there is not.
unsafe extern "C" fn enter(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<4>::new(env, info) };
    let Some(kind) = kind_of(call.index(1)) else { return call.result(-1) };
    let text = |at| call.text(at, |bytes| String::from_utf8_lossy(bytes).into_owned());
    let (name, tags) = (text(2), text(3));
    let tags: Vec<&str> = if tags.is_empty() { Vec::new() } else { tags.split(',').collect() };
    let number = with(call.index(0), |recorder| {
        recorder.series.push((kind, recorder.client.series(kind, &name, &tags)));
        recorder.series.len() - 1
    });
    call.result(number.ok().and_then(|number| i32::try_from(number).ok()).unwrap_or(-1))
}

/// `forgetContexts(recorder)`: numbers begin anew.
unsafe extern "C" fn forget_contexts(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<1>::new(env, info) };
    let _ = with(call.index(0), |recorder| recorder.series.clear());
    call.result(0)
}

/// `drain(recorder)`: makes the calls that wait in the arena.
unsafe extern "C" fn drain(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<1>::new(env, info) };
    let _ = with(call.index(0), Recorder::drain);
    call.result(0)
}

/// `record(recorder, kind, name, tags, value)`: one call by name; the tags are joined by commas, the value is a number or text.
unsafe extern "C" fn record(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<5>::new(env, info) };
    let Some(kind) = kind_of(call.index(1)) else { return call.result(-1) };
    let _ = with(call.index(0), |Recorder { client, .. }| {
        call.text(2, |name| {
            call.text(3, |tags| match call.number(4) {
                Some(number) => Recorder::take(client, kind, name, tags, exact(kind, number)),
                None => call.text(4, |text| Recorder::take(client, kind, name, tags, Value::Text(text))),
            });
        });
    });
    call.result(0)
}

/// Adds the functions.
pub(crate) fn export(env: &Env, exports: &Object<'_>) -> Result<()> {
    raw::export(env, exports, c"enter", enter)?;
    raw::export(env, exports, c"forgetContexts", forget_contexts)?;
    raw::export(env, exports, c"drain", drain)?;
    raw::export(env, exports, c"record", record)
}
