//! The options of a client.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use basenji::client::{BuildError, Builder, Client, Troubles};
use basenji::settings::Value;
use basenji_ffi_core::*;

use crate::text::{option, texts};
use crate::trouble::{bj_trouble, made};

/// The options of a client; begin with `BJ_CLIENT_OPTIONS_INIT`. 0 and NULL are the defaults.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_client_options {
    /// `sizeof(bj_client_options)`.
    pub size: usize,
    // The table's options.
    /// Where to send: udp://host:port, unix:///path, unixgram:///path or unixstream:///path; NULL is the default: what DD_DOGSTATSD_URL, DD_DOGSTATSD_SOCKET, DD_AGENT_HOST, DD_DOGSTATSD_PORT say, else udp://localhost:8125.
    pub address: *const c_char,
    /// fast: calls are aggregated, packed and sent in the background; plain: a datagram a call, from the calling thread: fast, plain; NULL is fast.
    pub profile: *const c_char,
    /// What stands before each name, joined by a dot unless it ends in one; NULL is the default: none.
    pub prefix: *const c_char,
    /// What stands behind each name, joined by a dot unless it begins with one; NULL is the default: none.
    pub suffix: *const c_char,
    /// Tags of every message; they take the place of the environment's with the same key; NULL is what DD_TAGS, DATADOG_TAGS, DD_ENV, DD_SERVICE, DD_VERSION, DD_ENTITY_ID say, else none.
    pub tags: *const *const c_char,
    /// The cardinality of calls that name none: none, low, orchestrator, high; NULL is what DD_CARDINALITY, DATADOG_CARDINALITY say, else not told.
    pub cardinality: *const c_char,
    /// Whether variables of the environment count: 0 default (yes), 1 yes, 2 no.
    pub environment: i32,
    /// Whether messages tell the container that they come from: 0 default (what DD_ORIGIN_DETECTION_ENABLED say, else yes), 1 yes, 2 no.
    pub origin_detection: i32,
    /// The text of the `c:` field, instead of looking for the container; NULL is the default: what is found.
    pub container_id: *const c_char,
    /// The directory that holds `proc` and `sys`, where the container is looked for; NULL is the default: /.
    pub root: *const c_char,
    /// How lines are written; one of another library's with the profile fast is made safe: basenji, datadogpy, hot-shots, hot-shots-telegraf, datadog-go; NULL is basenji.
    pub dialect: *const c_char,
    /// Which calls the profile fast aggregates: off none, basic counts, gauges and sets, extended all: off, basic, extended; NULL is extended.
    pub aggregation: *const c_char,
    /// How long calls gather with the profile fast, in milliseconds; 0 is the default: 2000.
    pub flush_interval_ms: u32,
    /// Whether a thread sends the datagrams; without it one that the system does not take at once is dropped: 0 default (true with the profile fast), 1 yes, 2 no.
    pub background: i32,
    /// Most bytes of a datagram of several lines; 0 is the default: 1432 over UDP, 8192 elsewhere.
    pub max_payload: u32,
    /// Part of the calls that are sent where a call names no rate; aggregated counts, gauges and sets are exact all the same; 0 is the default: 1.
    pub sample_rate: f64,
    /// Whether the client's own counters are sent: 0 default (yes), 1 yes, 2 no.
    pub telemetry: i32,
    /// How long it is from one report of them to the next, in milliseconds; 0 is the default: 10000.
    pub telemetry_interval_ms: u32,
    /// Most contexts that one thread aggregates in an interval; calls beyond are sent one by one; 0 is the default: 10000.
    pub contexts: u32,
    /// Most bytes of their names and tags; 0 is the default: 2097152 bytes.
    pub context_bytes: u32,
    /// Most samples and set members that one thread gathers in an interval, of eight bytes each; 0 is the default: 1048576.
    pub cells: u32,
    /// Most bytes that wait to be sent; 0 is the default: 1048576 bytes.
    pub queue_bytes: u32,
    /// Which datagrams are dropped when more wait: oldest, newest; NULL is oldest.
    pub overflow: *const c_char,
    /// How long a datagram may wait, in the queue and at a socket that is full or gone, in milliseconds; 0 is the default: 10000.
    pub expiry_ms: u32,
    /// How long a full socket is waited for before a datagram is dropped, in milliseconds; 0 is the default: 1000.
    pub patience_ms: u32,
    /// How long the end of the client waits for what is to be sent, in milliseconds; 0 is the default: 1000.
    pub exit_timeout_ms: u32,
    /// Most reports of lost datagrams and lost connections that are kept until they are asked for; of more the oldest are dropped; 0 is the default: 0.
    pub troubles: u32,
    /// Bytes that the kernel holds for the socket, at least (SO_SNDBUF); 0 is the default: 32768 bytes.
    pub send_buffer: u32,
    /// How long a connection that was lost for the first time is left alone, in milliseconds; 0 is the default: 10.
    pub retry_first_ms: u32,
    /// How long it is left alone at most, when it is lost again and again, in milliseconds; 0 is the default: 1000.
    pub retry_most_ms: u32,
    /// How long it is from one look-up of the host's name to the next, in milliseconds; 0 is the default: 60000.
    pub lookup_interval_ms: u32,
    /// Longest datagram over a stream or a pipe; 0 is the default: 8192 bytes.
    pub longest_frame: u32,
    /// Whether datagrams of one length leave by UDP segmentation where the system has it: 0 default (yes), 1 yes, 2 no.
    pub segmentation: i32,
    // The end of them.
    /// How many `tags` there are.
    pub ntags: usize,
    /// The name by which the client's own counters call it; NULL is `c`.
    pub telemetry_client: *const c_char,
    /// The version beside it; NULL is that of this library.
    pub telemetry_client_version: *const c_char,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers and pointers.
unsafe impl Options for bj_client_options {
    const FIRST: usize = size_of::<bj_client_options>();
}

/// The client that these options describe.
///
/// # Errors
///
/// As `bj_client_new` says.
///
/// # Safety
///
/// The strings are NULL or strings, `tags` points to `ntags` of them.
pub(crate) unsafe fn build(
    options: &bj_client_options,
    troubles: &Arc<Troubles<bj_trouble>>,
) -> Result<Client, bj_status> {
    // SAFETY: the strings are as the caller of `bj_client_new` promises.
    let (tags, name, version) = unsafe {
        let tags = texts(options.tags, options.ntags)?;
        (tags, option(options.telemetry_client)?, option(options.telemetry_client_version)?)
    };
    let mut given =
        Given(Client::builder().telemetry_client(name.unwrap_or("c"), version.unwrap_or(env!("CARGO_PKG_VERSION"))));
    for tag in tags {
        given.0 = given.0.tag(std::str::from_utf8(tag).map_err(|_| BJ_BAD_UTF8)?);
    }
    // SAFETY: as above.
    unsafe {
        // The table's texts.
        given.text("address", options.address)?;
        given.text("profile", options.profile)?;
        given.text("prefix", options.prefix)?;
        given.text("suffix", options.suffix)?;
        given.text("cardinality", options.cardinality)?;
        given.text("container_id", options.container_id)?;
        given.text("root", options.root)?;
        given.text("dialect", options.dialect)?;
        given.text("aggregation", options.aggregation)?;
        given.text("overflow", options.overflow)?;
        // The end of them.
    }
    // The table's numbers.
    given.flag("environment", options.environment)?;
    given.flag("origin_detection", options.origin_detection)?;
    given.time("flush_interval", options.flush_interval_ms)?;
    given.flag("background", options.background)?;
    given.whole("max_payload", options.max_payload)?;
    given.share("sample_rate", options.sample_rate)?;
    given.flag("telemetry", options.telemetry)?;
    given.time("telemetry_interval", options.telemetry_interval_ms)?;
    given.whole("contexts", options.contexts)?;
    given.whole("context_bytes", options.context_bytes)?;
    given.whole("cells", options.cells)?;
    given.whole("queue_bytes", options.queue_bytes)?;
    given.time("expiry", options.expiry_ms)?;
    given.time("patience", options.patience_ms)?;
    given.time("exit_timeout", options.exit_timeout_ms)?;
    given.whole("troubles", options.troubles)?;
    given.whole("send_buffer", options.send_buffer)?;
    given.time("retry_first", options.retry_first_ms)?;
    given.time("retry_most", options.retry_most_ms)?;
    given.time("lookup_interval", options.lookup_interval_ms)?;
    given.whole("longest_frame", options.longest_frame)?;
    given.flag("segmentation", options.segmentation)?;
    // The end of them.
    if options.troubles > 0 {
        let (troubles, most) = (Arc::clone(troubles), options.troubles as usize);
        given.0 = given.0.on_trouble(move |trouble| troubles.keep(most, made(trouble)));
    }
    given.0.build().map_err(|error| match error {
        BuildError::Address(_) => BJ_BAD_ADDRESS,
        _ => BJ_SYSTEM,
    })
}

/// A builder with what the caller gave.
struct Given(Builder);

impl Given {
    fn put(&mut self, name: &str, value: Value) -> Result<(), bj_status> {
        let builder = std::mem::replace(&mut self.0, Client::builder());
        self.0 = builder.set(name, value).map_err(|_| match name {
            "address" => BJ_BAD_ADDRESS,
            "profile" => BJ_BAD_PROFILE,
            "cardinality" => BJ_BAD_CARDINALITY,
            "dialect" => BJ_BAD_DIALECT,
            "sample_rate" => BJ_BAD_SAMPLE_RATE,
            _ => BJ_BAD_SETTING,
        })?;
        Ok(())
    }

    /// # Safety
    ///
    /// `text` is NULL or a string.
    unsafe fn text(&mut self, name: &str, text: *const c_char) -> Result<(), bj_status> {
        // SAFETY: as the contract says.
        match unsafe { option(text)? } {
            Some(text) => self.put(name, Value::Text(text.to_owned())),
            None => Ok(()),
        }
    }

    fn flag(&mut self, name: &str, given: i32) -> Result<(), bj_status> {
        switch(given)?.map_or(Ok(()), |on| self.put(name, Value::Switch(on)))
    }

    fn whole(&mut self, name: &str, number: u32) -> Result<(), bj_status> {
        if number == 0 { Ok(()) } else { self.put(name, Value::Whole(number.into())) }
    }

    fn time(&mut self, name: &str, millis: u32) -> Result<(), bj_status> {
        if millis == 0 { Ok(()) } else { self.put(name, Value::Time(Duration::from_millis(millis.into()))) }
    }

    fn share(&mut self, name: &str, share: f64) -> Result<(), bj_status> {
        if share == 0.0 { Ok(()) } else { self.put(name, Value::Number(share)) }
    }
}
