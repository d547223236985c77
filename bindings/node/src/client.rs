//! The client that aggregates in the background, for JavaScript: how it is made, what is called seldom, and its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use basenji::client::{
    CheckCall, Client, Counters, Dialect, EventCall, Memory, MetricCall, SendError, Transport, TransportKind, Troubles,
    Value as Field,
};
use basenji::core::wire::{MetricKind, Tags};
use basenji::settings::{CLIENT, TRANSPORT, Value};
use napi::bindgen_prelude::{AsyncTask, Buffer, Either, Float64Array, Function, Object, Status};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

use crate::arena::Arena;
use crate::ending;
use crate::recorder;
use crate::settings::given;

/// What a client is beside its options.
#[napi(object)]
#[allow(unreachable_pub, reason = "the macro wants public fields")]
pub struct Face {
    /// Whether it is the fast profile of the drop-in: hot-shots' lines, and no environment but what it is told.
    pub hot_shots: bool,
    /// The `e:` field of the drop-in.
    pub external_data: Option<String>,
    /// The version that the client's own counters tell.
    pub version: String,
    /// Whether datagrams are for `take_datagrams`.
    pub is_handed: bool,
}

/// Calls the function that takes the datagrams; it does not keep the process alive.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Hands datagrams to JavaScript.
struct Handed {
    memory: Memory,
    wake: Arc<Wake>,
}

impl Transport for Handed {
    fn kind(&self) -> TransportKind {
        TransportKind::Custom
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> std::result::Result<(), SendError> {
        self.memory.send(datagram, now)?;
        self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        Ok(())
    }
}

/// Starts a client and gives its number. The arena is an `ArrayBuffer`; `wake` is called when there is something to be taken. What cannot be is the error.
#[napi]
pub(crate) fn open_recorder(
    env: &Env,
    face: Face,
    options: Object<'_>,
    arena: Object<'_>,
    wake: Function<'_, (), ()>,
) -> Result<u32> {
    let arena = Arena::new(env, &arena)?;
    let mut builder = Client::builder().telemetry_client("nodejs", face.version);
    if face.hot_shots {
        // External data is part of the environment; a container is not looked for where one is told, be it none.
        let told = face.external_data.map(|data| ("DD_EXTERNAL_ENV", data));
        builder = builder.dialect(Dialect::HOT_SHOTS).environment(told.into_iter().collect()).container_id("");
    }
    let handed = face.is_handed.then(Memory::handed);
    if let Some(memory) = handed.clone() {
        let wake = Arc::new(wake.build_threadsafe_function::<()>().weak::<true>().build()?);
        builder = builder.transport(move || Box::new(Handed { memory: memory.clone(), wake: Arc::clone(&wake) }));
    }
    let troubles = Arc::new(Troubles::default());
    for setting in CLIENT.iter().chain(TRANSPORT) {
        let Some(value) = given(&options, setting)? else { continue };
        if let ("troubles", Value::Whole(most)) = (setting.name, &value) {
            builder = builder.keep_troubles(*most as usize, &troubles);
        }
        builder = builder.set(setting.name, value).map_err(|error| Error::from_reason(error.to_string()))?;
    }
    let client = builder.build().map_err(|error| Error::from_reason(error.to_string()))?;
    Ok(recorder::keep(client, arena, troubles, handed))
}

/// The datagrams that wait for the program's own transport.
#[napi]
pub(crate) fn take_datagrams(number: u32) -> Result<Vec<Buffer>> {
    recorder::with(number, |recorder| {
        let datagrams = recorder.handed.as_ref().map(Memory::take).unwrap_or_default();
        datagrams.into_iter().map(Buffer::from).collect()
    })
}

/// What was lost and why since the last time, as sentences.
#[napi]
pub(crate) fn take_troubles(number: u32) -> Result<Vec<String>> {
    recorder::with(number, |recorder| recorder.troubles.take())
}

/// What a call may name beside name, value and tags.
#[napi(object)]
#[allow(unreachable_pub, reason = "the macro wants public fields")]
pub struct CallOptions {
    pub sample_rate: Option<f64>,
    /// Seconds since 1970.
    pub timestamp: Option<f64>,
    pub cardinality: Option<String>,
}

fn joined(tags: &[String]) -> Vec<&[u8]> {
    tags.iter().map(String::as_bytes).collect()
}

/// One call with options.
#[napi]
pub(crate) fn record_with(
    number: u32,
    kind: u32,
    name: String,
    tags: Vec<String>,
    value: Either<f64, String>,
    options: CallOptions,
) -> Result<()> {
    let Some(kind) = MetricKind::ALL.get(kind as usize).copied() else { return Ok(()) };
    recorder::with(number, |recorder| {
        let value = match &value {
            Either::A(number) => recorder::exact(kind, *number),
            Either::B(text) => Field::Text(text.as_bytes()),
        };
        recorder.client.metric(&MetricCall {
            tags: Tags::List(&joined(&tags)),
            sample_rate: options.sample_rate.unwrap_or(recorder.client.sample_rate()),
            timestamp: options.timestamp.map(Field::F64),
            cardinality: options.cardinality.as_deref().map(str::as_bytes),
            ..MetricCall::new(name.as_bytes(), kind, value)
        });
    })
}

/// What an event and a service check may have beside what they must.
#[napi(object)]
#[allow(unreachable_pub, reason = "the macro wants public fields")]
pub struct MessageOptions {
    /// Seconds since 1970.
    pub timestamp: Option<f64>,
    pub host: Option<String>,
    pub aggregation_key: Option<String>,
    pub priority: Option<String>,
    pub source_type: Option<String>,
    pub alert_type: Option<String>,
    pub message: Option<String>,
    pub cardinality: Option<String>,
}

fn bytes(text: &Option<String>) -> Option<&[u8]> {
    text.as_deref().map(str::as_bytes)
}

/// A call for an event.
#[napi]
pub(crate) fn record_event(
    number: u32,
    title: String,
    text: String,
    tags: Vec<String>,
    options: MessageOptions,
) -> Result<()> {
    recorder::with(number, |recorder| {
        recorder.client.event(&EventCall {
            timestamp: options.timestamp.map(Field::F64),
            hostname: bytes(&options.host),
            aggregation_key: bytes(&options.aggregation_key),
            priority: bytes(&options.priority),
            source_type: bytes(&options.source_type),
            alert_type: bytes(&options.alert_type),
            tags: Tags::List(&joined(&tags)),
            cardinality: bytes(&options.cardinality),
            ..EventCall::new(title.as_bytes(), text.as_bytes())
        });
    })
}

/// A call for a service check.
#[napi]
pub(crate) fn record_check(
    number: u32,
    name: String,
    status: Either<f64, String>,
    tags: Vec<String>,
    options: MessageOptions,
) -> Result<()> {
    recorder::with(number, |recorder| {
        let status = match &status {
            Either::A(number) => Field::F64(*number),
            Either::B(text) => Field::Text(text.as_bytes()),
        };
        recorder.client.service_check(&CheckCall {
            timestamp: options.timestamp.map(Field::F64),
            hostname: bytes(&options.host),
            message: bytes(&options.message),
            tags: Tags::List(&joined(&tags)),
            cardinality: bytes(&options.cardinality),
            ..CheckCall::new(name.as_bytes(), status)
        });
    })
}

/// What a client has counted, in the order of `lib/recorder.js`.
#[napi]
pub(crate) fn recorder_stats(number: u32) -> Result<Float64Array> {
    recorder::with(number, |recorder| {
        recorder.drain();
        let stats: Counters = recorder.client.stats();
        let (sent, dropped) = (stats.sent, stats.dropped());
        let numbers = [
            stats.metrics.total(),
            stats.events,
            stats.service_checks,
            stats.dropped_on_receive,
            sent.packets,
            sent.bytes,
            dropped.packets,
            dropped.bytes,
        ];
        Float64Array::new(numbers.map(|number| number as f64).to_vec())
    })
}

/// Sends what waits, off the thread of JavaScript.
pub(crate) struct Flush {
    client: Client,
    is_last: bool,
    deadline: Instant,
}

impl Task for Flush {
    type Output = bool;
    type JsValue = bool;

    fn compute(&mut self) -> Result<bool> {
        // The time that it has waited for a thread is part of it.
        let left = self.deadline.saturating_duration_since(Instant::now());
        Ok(if self.is_last { self.client.close_within(left) } else { self.client.flush_within(left) })
    }

    fn resolve(&mut self, _: Env, output: bool) -> Result<bool> {
        Ok(output)
    }
}

fn flush(number: u32, millis: f64, is_last: bool) -> Result<AsyncTask<Flush>> {
    recorder::with(number, |recorder| {
        recorder.drain();
        AsyncTask::new(Flush { client: recorder.client.clone(), is_last, deadline: Instant::now() + limit(millis) })
    })
}

/// Milliseconds, up to a day.
fn limit(millis: f64) -> Duration {
    Duration::from_secs_f64(millis.clamp(0.0, 86_400_000.0) / 1000.0)
}

/// Sends what waits, for so many milliseconds at most; whether all of it left.
#[napi(ts_return_type = "Promise<boolean>")]
pub(crate) fn flush_recorder(number: u32, millis: f64) -> Result<AsyncTask<Flush>> {
    flush(number, millis, false)
}

/// Has what waits sent, and waits for nothing: the end of a process does so with all clients before it waits for the first one.
#[napi]
pub(crate) fn start_recorder(number: u32) -> Result<()> {
    recorder::with(number, recorder::Recorder::start)
}

/// Sends what waits before it returns, for the end of a process. A client that has waited in vain ends: what comes on top would wait as long each time,
/// and so would the process's own end.
#[napi]
pub(crate) fn flush_recorder_now(number: u32) -> Result<bool> {
    recorder::with(number, |recorder| {
        recorder.drain();
        ending::wait(|limit| recorder.client.flush_within(limit)) || recorder.client.close_within(Duration::ZERO)
    })
}

/// Sends what waits, for so many milliseconds at most, and ends the client; whether nothing was left.
#[napi(ts_return_type = "Promise<boolean>")]
pub(crate) fn close_recorder(number: u32, millis: f64) -> Result<AsyncTask<Flush>> {
    flush(number, millis, true)
}

/// Lets go of a client that has ended.
#[napi]
pub(crate) fn forget_recorder(number: u32) {
    recorder::forget(number);
}
