//! The client that aggregates in the background, for JavaScript: contexts have numbers, values come many at a time.

use std::cell::RefCell;
use std::time::Duration;

use basenji::client::{Client, Dialect, MetricCall, Value};
use basenji::core::wire::{Cardinality, MetricKind, Tags};
use napi::bindgen_prelude::{AsyncTask, Either, Float64Array, Uint32Array};
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

/// A context that JavaScript has a number for.
struct Context {
    kind: MetricKind,
    name: Box<[u8]>,
    /// Joined by commas.
    tags: Box<[u8]>,
}

impl Context {
    fn new(kind: MetricKind, name: String, tags: &[String]) -> Context {
        // A comma would make two tags of one.
        let tags = tags.iter().map(|tag| tag.replace(',', "_")).collect::<Vec<_>>().join(",");
        Context { kind, name: name.into_bytes().into(), tags: tags.into_bytes().into() }
    }

    /// Gives the client a value, as a call by name.
    fn record(&self, client: &Client, value: f64) {
        let value = match self.kind {
            MetricKind::Count if value.fract() == 0.0 && value.abs() <= EXACT => Value::I64(value as i64),
            _ => Value::F64(value),
        };
        let call = MetricCall::new(&self.name, self.kind, value);
        client.metric(&MetricCall { tags: Tags::Text(&self.tags), ..call });
    }
}

/// Largest whole number up to which doubles are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

struct Recorder {
    client: Client,
    contexts: Vec<Context>,
}

thread_local! {
    /// The clients of this isolate; the place is the number that JavaScript has.
    static RECORDERS: RefCell<Vec<Option<Recorder>>> = const { RefCell::new(Vec::new()) };
}

/// How a client is to be.
#[napi(object)]
#[allow(unreachable_pub, reason = "the macro wants public fields")]
pub struct RecorderOptions {
    /// `udp://host:port` or `unixgram://path`; what the environment says where there is none.
    pub address: Option<String>,
    /// Whether the environment counts for the rest.
    pub environment: bool,
    /// `hot-shots` or `basenji`.
    pub dialect: String,
    /// What stands before each name.
    pub prefix: String,
    /// Tags of each message.
    pub tags: Vec<String>,
    /// The `c:` field; what is found where the environment counts.
    pub container_id: Option<String>,
    /// The `e:` field; what is found where the environment counts.
    pub external_data: Option<String>,
    /// The `card:` field; what is found where the environment counts.
    pub cardinality: Option<String>,
    /// Milliseconds.
    pub flush_interval: f64,
    /// Whether the client's own counters are sent.
    pub telemetry: bool,
    /// Milliseconds from one report of them to the next.
    pub telemetry_interval: f64,
    /// The version that they tell.
    pub version: String,
}

/// Milliseconds, from one to a day.
fn interval(millis: f64) -> Duration {
    Duration::from_secs_f64(millis.clamp(1.0, 86_400_000.0) / 1000.0)
}

fn build(options: RecorderOptions) -> std::result::Result<Client, String> {
    let mut builder = Client::builder()
        .dialect(if options.dialect == "hot-shots" { Dialect::HOT_SHOTS } else { Dialect::BASENJI })
        .prefix(options.prefix)
        .flush_interval(interval(options.flush_interval))
        .telemetry(options.telemetry)
        .telemetry_interval(interval(options.telemetry_interval))
        .telemetry_client("nodejs", options.version);
    if !options.environment {
        let told = options.external_data.map(|data| ("DD_EXTERNAL_ENV", data));
        builder = builder.environment(told.into_iter().collect());
        // External data is part of it; a container is not looked for where one is told, be it none.
        builder = builder.container_id(options.container_id.unwrap_or_default());
    }
    if let Some(cardinality) = options.cardinality.and_then(|name| Cardinality::parse(name.as_bytes())) {
        builder = builder.cardinality(cardinality);
    }
    for tag in options.tags {
        builder = builder.tag(tag);
    }
    if let Some(address) = options.address {
        builder = builder.to(&address).map_err(|error| error.to_string())?;
    }
    builder.build().map_err(|error| error.to_string())
}

/// Starts a client and gives its number.
#[napi]
pub(crate) fn open_recorder(options: RecorderOptions) -> Result<u32> {
    let client = build(options).map_err(Error::from_reason)?;
    RECORDERS.with_borrow_mut(|recorders| {
        recorders.push(Some(Recorder { client, contexts: Vec::new() }));
        u32::try_from(recorders.len() - 1).map_err(|_| Error::from_reason("too many clients"))
    })
}

fn with<T>(number: u32, work: impl FnOnce(&mut Recorder) -> T) -> Result<T> {
    RECORDERS.with_borrow_mut(|recorders| match recorders.get_mut(number as usize) {
        Some(Some(recorder)) => Ok(work(recorder)),
        _ => Err(Error::from_reason("the client is closed")),
    })
}

fn kind_of(kind: &str) -> Result<MetricKind> {
    MetricKind::ALL
        .into_iter()
        .find(|known| known.code() == kind)
        .ok_or_else(|| Error::from_reason(format!("'{kind}' is no type of a metric")))
}

/// Enters a context and gives its number, the next one of the client.
#[napi]
pub(crate) fn enter_context(recorder: u32, kind: String, name: String, tags: Vec<String>) -> Result<u32> {
    let kind = kind_of(&kind)?;
    with(recorder, |recorder| {
        recorder.contexts.push(Context::new(kind, name, &tags));
        u32::try_from(recorder.contexts.len() - 1).unwrap_or(u32::MAX)
    })
}

/// Lets go of all contexts; numbers begin anew.
#[napi]
pub(crate) fn forget_contexts(recorder: u32) -> Result<()> {
    with(recorder, |recorder| recorder.contexts.clear())
}

/// Takes the first `count` pairs of a context's number and a value, in order.
#[napi]
pub(crate) fn record(recorder: u32, contexts: Uint32Array, values: Float64Array, count: u32) -> Result<()> {
    with(recorder, |recorder| {
        for (context, value) in contexts.iter().zip(values.iter()).take(count as usize) {
            if let Some(context) = recorder.contexts.get(*context as usize) {
                context.record(&recorder.client, *value);
            }
        }
    })
}

/// One call by name, for what has no number.
#[napi]
pub(crate) fn record_call(
    recorder: u32,
    kind: String,
    name: String,
    value: Either<f64, String>,
    tags: Vec<String>,
) -> Result<()> {
    let kind = kind_of(&kind)?;
    with(recorder, |recorder| {
        let value = match &value {
            Either::A(number) => Value::F64(*number),
            Either::B(text) => Value::Text(text.as_bytes()),
        };
        let tags: Vec<&[u8]> = tags.iter().map(String::as_bytes).collect();
        recorder
            .client
            .metric(&MetricCall { tags: Tags::List(&tags), ..MetricCall::new(name.as_bytes(), kind, value) });
    })
}

/// Sends what waits, off the thread of JavaScript.
pub(crate) struct Flush(Client, bool);

impl Task for Flush {
    type Output = bool;
    type JsValue = bool;

    fn compute(&mut self) -> Result<bool> {
        let is_empty = self.0.flush();
        if self.1 {
            self.0.close();
        }
        Ok(is_empty)
    }

    fn resolve(&mut self, _: Env, output: bool) -> Result<bool> {
        Ok(output)
    }
}

/// Sends what waits; whether all of it left.
#[napi(ts_return_type = "Promise<boolean>")]
pub(crate) fn flush_recorder(recorder: u32) -> Result<AsyncTask<Flush>> {
    with(recorder, |recorder| AsyncTask::new(Flush(recorder.client.clone(), false)))
}

/// Sends what waits before it returns, for the end of a process.
#[napi]
pub(crate) fn flush_recorder_now(recorder: u32) -> Result<bool> {
    with(recorder, |recorder| recorder.client.flush())
}

/// Sends what waits and ends the client.
#[napi(ts_return_type = "Promise<boolean>")]
pub(crate) fn close_recorder(recorder: u32) -> Result<AsyncTask<Flush>> {
    let task = with(recorder, |recorder| AsyncTask::new(Flush(recorder.client.clone(), true)))?;
    RECORDERS.with_borrow_mut(|recorders| recorders[recorder as usize] = None);
    Ok(task)
}
