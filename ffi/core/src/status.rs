//! What calls return: a stable number, its name and a sentence.
//!
//! Numbers are only ever appended. Those from 1 to 63 are the reasons why a line is refused, and are those of the core.

use core::ffi::{CStr, c_char};

use basenji_core::state::Fault;
use basenji_core::{ErrorKind, Full};

/// What a call came to: 0 if all is well, else one of the numbers `BJ_...`; compare with those, ask `bj_status_message` for words.
pub type bj_status = i32;

/// All is well.
pub const BJ_OK: bj_status = 0;
/// A metric without `|`, or a service check with fewer than two.
pub const BJ_NO_PIPE: bj_status = 1;
/// A metric without `:` between name and value.
pub const BJ_NO_COLON: bj_status = 2;
/// A metric whose name has no bytes.
pub const BJ_EMPTY_NAME: bj_status = 3;
/// A metric whose value has no bytes.
pub const BJ_EMPTY_VALUE: bj_status = 4;
/// A value that is not a number.
pub const BJ_BAD_VALUE: bj_status = 5;
/// A type other than c, g, ms, h, d and s.
pub const BJ_BAD_TYPE: bj_status = 6;
/// A sample rate that is not a number.
pub const BJ_BAD_RATE: bj_status = 7;
/// A `T` field that is not a whole number of seconds from 1 up.
pub const BJ_BAD_TIMESTAMP: bj_status = 8;
/// An event whose `_e{..}:` is malformed or announces an empty title.
pub const BJ_BAD_EVENT_HEADER: bj_status = 9;
/// An event with fewer bytes than its header announces.
pub const BJ_EVENT_TOO_SHORT: bj_status = 10;
/// A service check status other than 0, 1, 2 and 3.
pub const BJ_BAD_STATUS: bj_status = 11;
/// A service check whose name has no bytes.
pub const BJ_EMPTY_CHECK_NAME: bj_status = 12;
/// A last line without a newline where one is required.
pub const BJ_UNTERMINATED: bj_status = 13;
/// The last line of a datagram that the receive buffer cut.
pub const BJ_TRUNCATED: bj_status = 14;
/// A stream frame that is longer than the receive buffer.
pub const BJ_FRAME_TOO_LONG: bj_status = 15;
/// A stream frame of no bytes.
pub const BJ_EMPTY_FRAME: bj_status = 16;
/// There is nothing more to come; no error.
pub const BJ_END: bj_status = 64;
/// The library has a fault and has stopped this call; what was called on may still be used.
pub const BJ_PANIC: bj_status = 65;
/// The client was closed, or the server was stopped.
pub const BJ_CLOSED: bj_status = 66;
/// The time was over before it was done.
pub const BJ_TIMEOUT: bj_status = 67;
/// The operating system refuses what is needed: a thread, a socket.
pub const BJ_SYSTEM: bj_status = 68;
/// The metric is of a kind that has no such operation.
pub const BJ_WRONG_KIND: bj_status = 69;
/// Another program has the port or the path to listen on.
pub const BJ_PORT_IN_USE: bj_status = 70;
/// The system does not allow to listen there.
pub const BJ_PERMISSION: bj_status = 71;
/// `client` is NULL.
pub const BJ_NULL_CLIENT: bj_status = 80;
/// `name` is NULL.
pub const BJ_NULL_NAME: bj_status = 81;
/// `tags` is NULL and `ntags` is not 0, or one of the tags is NULL.
pub const BJ_NULL_TAGS: bj_status = 82;
/// `value` is NULL, or `values` is and there are some.
pub const BJ_NULL_VALUE: bj_status = 83;
/// The place for the result is NULL.
pub const BJ_NULL_OUT: bj_status = 84;
/// `metric` is NULL.
pub const BJ_NULL_METRIC: bj_status = 85;
/// `server` is NULL.
pub const BJ_NULL_SERVER: bj_status = 86;
/// `options` is NULL.
pub const BJ_NULL_OPTIONS: bj_status = 87;
/// `datagram` is NULL, or its bytes are.
pub const BJ_NULL_DATAGRAM: bj_status = 88;
/// `title` is NULL.
pub const BJ_NULL_TITLE: bj_status = 89;
/// `text` is NULL.
pub const BJ_NULL_TEXT: bj_status = 90;
/// `values` or `tags`, which is walked through, is NULL, or its bytes are.
pub const BJ_NULL_ITERATOR: bj_status = 91;
/// `series` is NULL.
pub const BJ_NULL_SERIES: bj_status = 92;
/// The member `size` of `options` is smaller than any version of it was.
pub const BJ_BAD_SIZE: bj_status = 96;
/// `kind` is none of the kinds of metrics.
pub const BJ_BAD_KIND: bj_status = 97;
/// `options.address`, or where to listen, is not an address.
pub const BJ_BAD_ADDRESS: bj_status = 98;
/// `options.profile` is none of the profiles.
pub const BJ_BAD_PROFILE: bj_status = 99;
/// A switch in `options` is neither default, on nor off.
pub const BJ_BAD_SWITCH: bj_status = 100;
/// `options.cardinality` is none of the cardinalities.
pub const BJ_BAD_CARDINALITY: bj_status = 101;
/// A text in `options` is not UTF-8.
pub const BJ_BAD_UTF8: bj_status = 102;
/// A number in `options` or `fields` is out of its range.
pub const BJ_BAD_SETTING: bj_status = 103;
/// `options` name nothing to listen on.
pub const BJ_NO_LISTENER: bj_status = 104;
/// `status` is none of 0, 1, 2, 3.
pub const BJ_BAD_SERVICE_STATUS: bj_status = 105;
/// `series` has no samples to ask for.
pub const BJ_NO_SKETCH: bj_status = 106;
/// `n` is below 1 or no number.
pub const BJ_BAD_WEIGHT: bj_status = 107;
/// Two arguments share memory.
pub const BJ_OVERLAP: bj_status = 108;
/// The memory has too few bytes for what is to be made in it.
pub const BJ_TOO_SMALL: bj_status = 109;
/// A pointer is not aligned as its type has to be.
pub const BJ_MISALIGNED: bj_status = 110;
/// Another call on the same object is under way: this one comes from its callback, or has interrupted it.
pub const BJ_BUSY: bj_status = 111;
/// The buffer of the writer, or of the emitter, has no room for the line; nothing of it was written.
pub const BJ_FULL_BUFFER: bj_status = 112;
/// The context is new and the table of contexts is full; known ones go on.
pub const BJ_FULL_CONTEXTS: bj_status = 113;
/// The context is new and there is no room for its name and tags; known ones go on.
pub const BJ_FULL_BYTES: bj_status = 114;
/// There is no room for some of the samples.
pub const BJ_FULL_CELLS: bj_status = 115;
/// The message has more tags than an aggregator takes.
pub const BJ_FULL_TAGS: bj_status = 116;
/// Too many buckets are open: time has gone on without a flush.
pub const BJ_FULL_BUCKETS: bj_status = 117;
/// A name, a host or the tags have more than 65,535 bytes.
pub const BJ_FULL_LENGTH: bj_status = 118;
/// A part of the message would break its line, or is missing; `writer->part` and `writer->offset` say which and where.
pub const BJ_REFUSED: bj_status = 119;
/// `message` is no metric.
pub const BJ_NOT_A_METRIC: bj_status = 120;
/// `writer` is NULL, or its buffer is.
pub const BJ_NULL_WRITER: bj_status = 121;
/// `message` is NULL, or a text in it is NULL and its length is not 0.
pub const BJ_NULL_MESSAGE: bj_status = 122;
/// A text in `fields` is NULL and its length is not 0.
pub const BJ_NULL_FIELD: bj_status = 123;
/// `sketch` is NULL, or its words are, or there are none.
pub const BJ_NULL_SKETCH: bj_status = 124;
/// `memory` is NULL.
pub const BJ_NULL_MEMORY: bj_status = 125;
/// `aggregator` is NULL.
pub const BJ_NULL_AGGREGATOR: bj_status = 126;
/// `emitter` is NULL.
pub const BJ_NULL_EMITTER: bj_status = 127;
/// The callback is NULL.
pub const BJ_NULL_CALLBACK: bj_status = 128;
/// `bucket` is NULL.
pub const BJ_NULL_BUCKET: bj_status = 140;
/// `options.sample_rate` is not above 0 and up to 1.
pub const BJ_BAD_SAMPLE_RATE: bj_status = 141;
/// `options.priority` is neither `normal` nor `low`.
pub const BJ_BAD_PRIORITY: bj_status = 142;
/// `options.alert_type` is none of `info`, `error`, `warning`, `success`.
pub const BJ_BAD_ALERT_TYPE: bj_status = 143;
/// `options.pull` of the server was not set, so that it keeps nothing.
pub const BJ_NOT_PULLED: bj_status = 144;
/// One of `options.tags` is a tag that no line can carry.
pub const BJ_BAD_TAGS: bj_status = 145;
/// `options.dialect` is none of the dialects.
pub const BJ_BAD_DIALECT: bj_status = 146;
/// A state that is refused: the state ends before its last number.
pub const BJ_STATE_CUT: bj_status = 147;
/// A state that is refused: the bytes are no state of this form.
pub const BJ_STATE_FORM: bj_status = 148;
/// A state that is refused: the state is of a version that is not known.
pub const BJ_STATE_VERSION: bj_status = 149;
/// A state that is refused: the state is of another kind: a sketch, or members.
pub const BJ_STATE_KIND: bj_status = 150;
/// A state that is refused: a number is out of its range.
pub const BJ_STATE_NUMBER: bj_status = 151;
/// A state that is refused: keys or registers are not in ascending order.
pub const BJ_STATE_ORDER: bj_status = 152;
/// A state that is refused: the counts do not agree.
pub const BJ_STATE_COUNT: bj_status = 153;
/// A state that is refused: minimum, maximum and average cannot be those of the values.
pub const BJ_STATE_SUMMARY: bj_status = 154;
/// A state that is refused: the bins have another width, or there are too few registers.
pub const BJ_STATE_WIDTH: bj_status = 155;
/// A state that is refused: a field has another type than it should.
pub const BJ_STATE_FIELD: bj_status = 156;
/// A state that is refused: the checksum is not that of the bytes before it.
pub const BJ_STATE_CHECKSUM: bj_status = 157;
/// A state that is refused: more bytes follow where the state should end.
pub const BJ_STATE_TRAILING: bj_status = 158;
/// `form` is none of the forms.
pub const BJ_BAD_FORM: bj_status = 159;
/// `uniques` is NULL, or its words are, or there are too few.
pub const BJ_NULL_UNIQUES: bj_status = 160;

/// The status of a line that is refused for this reason.
pub(crate) fn refused(kind: ErrorKind) -> bj_status {
    bj_status::from(kind.code())
}

/// The status of memory that is used up.
pub(crate) fn full(full: Full) -> bj_status {
    BJ_FULL_BUFFER + full as bj_status
}

// The statuses are in the order of the kinds.
const _: () = assert!(Full::ALL.len() == 7 && BJ_FULL_BUFFER + Full::Length as bj_status == BJ_FULL_LENGTH);

/// The text of a kind of error, terminated by a NUL.
macro_rules! words {
    ($kind:ident) => {
        words!(ErrorKind::$kind)
    };
    ($kind:path) => {{
        const TEXT: &str = $kind.message();
        const BYTES: [u8; TEXT.len() + 1] = terminated(TEXT);
        match CStr::from_bytes_with_nul(&BYTES) {
            Ok(text) => text,
            Err(_) => c"",
        }
    }};
}

/// The bytes of `text` and a NUL, at compile time.
const fn terminated<const LEN: usize>(text: &str) -> [u8; LEN] {
    let (mut bytes, mut at) = ([0; LEN], 0);
    while at < text.len() {
        bytes[at] = text.as_bytes()[at];
        at += 1;
    }
    bytes
}

/// Every status, its name and its words.
const STATUSES: &[(bj_status, &CStr, &CStr)] = &[
    (BJ_OK, c"BJ_OK", c"all is well"),
    (BJ_NO_PIPE, c"BJ_NO_PIPE", words!(NoPipe)),
    (BJ_NO_COLON, c"BJ_NO_COLON", words!(NoColon)),
    (BJ_EMPTY_NAME, c"BJ_EMPTY_NAME", words!(EmptyName)),
    (BJ_EMPTY_VALUE, c"BJ_EMPTY_VALUE", words!(EmptyValue)),
    (BJ_BAD_VALUE, c"BJ_BAD_VALUE", words!(BadValue)),
    (BJ_BAD_TYPE, c"BJ_BAD_TYPE", words!(BadType)),
    (BJ_BAD_RATE, c"BJ_BAD_RATE", words!(BadRate)),
    (BJ_BAD_TIMESTAMP, c"BJ_BAD_TIMESTAMP", words!(BadTimestamp)),
    (BJ_BAD_EVENT_HEADER, c"BJ_BAD_EVENT_HEADER", words!(BadEventHeader)),
    (BJ_EVENT_TOO_SHORT, c"BJ_EVENT_TOO_SHORT", words!(EventTooShort)),
    (BJ_BAD_STATUS, c"BJ_BAD_STATUS", words!(BadStatus)),
    (BJ_EMPTY_CHECK_NAME, c"BJ_EMPTY_CHECK_NAME", words!(EmptyCheckName)),
    (BJ_UNTERMINATED, c"BJ_UNTERMINATED", words!(Unterminated)),
    (BJ_TRUNCATED, c"BJ_TRUNCATED", words!(Truncated)),
    (BJ_FRAME_TOO_LONG, c"BJ_FRAME_TOO_LONG", words!(FrameTooLong)),
    (BJ_EMPTY_FRAME, c"BJ_EMPTY_FRAME", words!(EmptyFrame)),
    (BJ_END, c"BJ_END", c"there is nothing more to come"),
    (BJ_PANIC, c"BJ_PANIC", c"the library has a fault and has stopped this call"),
    (BJ_CLOSED, c"BJ_CLOSED", c"the client or server was closed before"),
    (BJ_TIMEOUT, c"BJ_TIMEOUT", c"the time was over before it was done"),
    (BJ_SYSTEM, c"BJ_SYSTEM", c"the operating system refuses a thread or a socket"),
    (BJ_WRONG_KIND, c"BJ_WRONG_KIND", c"the argument 'metric' is of a kind that has no such operation"),
    (BJ_PORT_IN_USE, c"BJ_PORT_IN_USE", c"another program has the port or the path to listen on"),
    (BJ_PERMISSION, c"BJ_PERMISSION", c"no permission to listen on the port or the path"),
    (BJ_NULL_CLIENT, c"BJ_NULL_CLIENT", c"the argument 'client' is NULL"),
    (BJ_NULL_NAME, c"BJ_NULL_NAME", c"the argument 'name' is NULL"),
    (BJ_NULL_TAGS, c"BJ_NULL_TAGS", c"the argument 'tags' is NULL and ntags is not 0, or one of the tags is NULL"),
    (BJ_NULL_VALUE, c"BJ_NULL_VALUE", c"the argument 'value' or 'values' is NULL"),
    (BJ_NULL_OUT, c"BJ_NULL_OUT", c"the argument for the result is NULL"),
    (BJ_NULL_METRIC, c"BJ_NULL_METRIC", c"the argument 'metric' is NULL"),
    (BJ_NULL_SERVER, c"BJ_NULL_SERVER", c"the argument 'server' is NULL"),
    (BJ_NULL_OPTIONS, c"BJ_NULL_OPTIONS", c"the argument 'options' is NULL"),
    (BJ_NULL_DATAGRAM, c"BJ_NULL_DATAGRAM", c"the argument 'datagram' is NULL, or its bytes are"),
    (BJ_NULL_TITLE, c"BJ_NULL_TITLE", c"the argument 'title' is NULL"),
    (BJ_NULL_TEXT, c"BJ_NULL_TEXT", c"the argument 'text' is NULL"),
    (BJ_NULL_ITERATOR, c"BJ_NULL_ITERATOR", c"the argument that is to be walked through is NULL, or its bytes are"),
    (BJ_NULL_SERIES, c"BJ_NULL_SERIES", c"the argument 'series' is NULL"),
    (BJ_BAD_SIZE, c"BJ_BAD_SIZE", c"options.size is smaller than any version of these options was: use the INIT macro"),
    (BJ_BAD_KIND, c"BJ_BAD_KIND", c"the argument 'kind' is none of the kinds of metrics"),
    (BJ_BAD_ADDRESS, c"BJ_BAD_ADDRESS", c"the address in 'options' is not an address"),
    (BJ_BAD_PROFILE, c"BJ_BAD_PROFILE", c"options.profile is none of the profiles"),
    (
        BJ_BAD_SWITCH,
        c"BJ_BAD_SWITCH",
        c"a switch in 'options' (aggregate, background, environment, origin_detection, pull, telemetry) is neither 0, 1 nor 2",
    ),
    (BJ_BAD_CARDINALITY, c"BJ_BAD_CARDINALITY", c"options.cardinality is none of the cardinalities"),
    (BJ_BAD_UTF8, c"BJ_BAD_UTF8", c"a text in 'options' is not UTF-8"),
    (BJ_BAD_SETTING, c"BJ_BAD_SETTING", c"a number in 'options' or 'fields' is out of its range"),
    (BJ_NO_LISTENER, c"BJ_NO_LISTENER", c"'options' name nothing to listen on"),
    (BJ_BAD_SERVICE_STATUS, c"BJ_BAD_SERVICE_STATUS", c"the argument 'status' is none of 0, 1, 2, 3"),
    (BJ_NO_SKETCH, c"BJ_NO_SKETCH", c"the argument 'series' has no samples to ask for"),
    (BJ_BAD_WEIGHT, c"BJ_BAD_WEIGHT", c"the argument 'n' is below 1 or no number"),
    (BJ_OVERLAP, c"BJ_OVERLAP", c"two arguments share memory"),
    (BJ_TOO_SMALL, c"BJ_TOO_SMALL", c"the argument 'memory' has too few bytes for what is to be made in it"),
    (BJ_MISALIGNED, c"BJ_MISALIGNED", c"a pointer is not aligned as its type has to be"),
    (BJ_BUSY, c"BJ_BUSY", c"another call on the same object is under way: this one comes from its callback"),
    (BJ_FULL_BUFFER, c"BJ_FULL_BUFFER", c"the buffer has no room for the line"),
    (BJ_FULL_CONTEXTS, c"BJ_FULL_CONTEXTS", c"the table of contexts is full"),
    (BJ_FULL_BYTES, c"BJ_FULL_BYTES", c"the space for names and tags is full"),
    (BJ_FULL_CELLS, c"BJ_FULL_CELLS", c"the space for samples is full"),
    (BJ_FULL_TAGS, c"BJ_FULL_TAGS", c"the message has more tags than an aggregator takes"),
    (BJ_FULL_BUCKETS, c"BJ_FULL_BUCKETS", c"too many buckets are open: time has gone on without a flush"),
    (BJ_FULL_LENGTH, c"BJ_FULL_LENGTH", c"a name, a host or the tags have more than 65,535 bytes"),
    (BJ_REFUSED, c"BJ_REFUSED", c"a part of the message would break its line: writer->part says which"),
    (BJ_NOT_A_METRIC, c"BJ_NOT_A_METRIC", c"the argument 'message' is no metric"),
    (BJ_NULL_WRITER, c"BJ_NULL_WRITER", c"the argument 'writer' is NULL, or its buffer is"),
    (BJ_NULL_MESSAGE, c"BJ_NULL_MESSAGE", c"the argument 'message' is NULL, or a text in it is and has a length"),
    (BJ_NULL_FIELD, c"BJ_NULL_FIELD", c"a text in 'fields' is NULL and has a length"),
    (BJ_NULL_SKETCH, c"BJ_NULL_SKETCH", c"the argument 'sketch' is NULL, or has no words"),
    (BJ_NULL_MEMORY, c"BJ_NULL_MEMORY", c"the argument 'memory' is NULL"),
    (BJ_NULL_AGGREGATOR, c"BJ_NULL_AGGREGATOR", c"the argument 'aggregator' is NULL"),
    (BJ_NULL_EMITTER, c"BJ_NULL_EMITTER", c"the argument 'emitter' is NULL"),
    (BJ_NULL_CALLBACK, c"BJ_NULL_CALLBACK", c"the callback is NULL"),
    (BJ_NULL_BUCKET, c"BJ_NULL_BUCKET", c"the argument 'bucket' is NULL"),
    (BJ_BAD_SAMPLE_RATE, c"BJ_BAD_SAMPLE_RATE", c"options.sample_rate is not above 0 and up to 1"),
    (BJ_BAD_PRIORITY, c"BJ_BAD_PRIORITY", c"options.priority is neither 'normal' nor 'low'"),
    (BJ_BAD_ALERT_TYPE, c"BJ_BAD_ALERT_TYPE", c"options.alert_type is none of 'info', 'error', 'warning', 'success'"),
    (BJ_NOT_PULLED, c"BJ_NOT_PULLED", c"options.pull of the argument 'server' was not set"),
    (BJ_BAD_TAGS, c"BJ_BAD_TAGS", c"one of options.tags is a tag that no line can carry"),
    (
        BJ_BAD_DIALECT,
        c"BJ_BAD_DIALECT",
        c"options.dialect is none of 'basenji', 'datadogpy', 'hot-shots', 'hot-shots-telegraf', 'datadog-go'",
    ),
    (BJ_STATE_CUT, c"BJ_STATE_CUT", words!(Fault::Cut)),
    (BJ_STATE_FORM, c"BJ_STATE_FORM", words!(Fault::Form)),
    (BJ_STATE_VERSION, c"BJ_STATE_VERSION", words!(Fault::Version)),
    (BJ_STATE_KIND, c"BJ_STATE_KIND", words!(Fault::Kind)),
    (BJ_STATE_NUMBER, c"BJ_STATE_NUMBER", words!(Fault::Number)),
    (BJ_STATE_ORDER, c"BJ_STATE_ORDER", words!(Fault::Order)),
    (BJ_STATE_COUNT, c"BJ_STATE_COUNT", words!(Fault::Count)),
    (BJ_STATE_SUMMARY, c"BJ_STATE_SUMMARY", words!(Fault::Summary)),
    (BJ_STATE_WIDTH, c"BJ_STATE_WIDTH", words!(Fault::Width)),
    (BJ_STATE_FIELD, c"BJ_STATE_FIELD", words!(Fault::Field)),
    (BJ_STATE_CHECKSUM, c"BJ_STATE_CHECKSUM", words!(Fault::Checksum)),
    (BJ_STATE_TRAILING, c"BJ_STATE_TRAILING", words!(Fault::Trailing)),
    (BJ_BAD_FORM, c"BJ_BAD_FORM", c"the argument 'form' is none of the forms of a sketch"),
    (BJ_NULL_UNIQUES, c"BJ_NULL_UNIQUES", c"the argument 'uniques' is NULL, or has less than two words"),
];

fn find(status: bj_status) -> Option<&'static (bj_status, &'static CStr, &'static CStr)> {
    STATUSES.iter().find(|(number, ..)| *number == status)
}

/// The name of a status as in this header, `"BJ_OK"`; `"BJ_UNKNOWN"` for a number that is none. Static, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn bj_status_name(status: bj_status) -> *const c_char {
    find(status).map_or(c"BJ_UNKNOWN", |(_, name, _)| name).as_ptr()
}

/// What a status says, a sentence for a person without its full stop; it may change between versions. Static, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn bj_status_message(status: bj_status) -> *const c_char {
    find(status).map_or(c"this number is no status", |(_, _, message)| message).as_ptr()
}

/// The version of the library, as `"0.1.0"`. Static, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn bj_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };
    VERSION.as_ptr()
}
