//! What calls return: a stable number, its name and a sentence.
//!
//! Numbers are only ever appended. Those from 1 to 63 are the reasons why a line is refused, and are those of the core.

use core::ffi::{CStr, c_char};

use basenji_core::state::Fault;
use basenji_core::{ErrorKind, Full};

/// What a call came to: 0 if all is well, else one of the numbers `BJ_...`; compare with those, ask `bj_status_message` for words.
pub type bj_status = i32;

/// A text as C has it, terminated by a NUL.
macro_rules! text {
    ($text:expr) => {{
        const TEXT: &str = $text;
        const BYTES: [u8; TEXT.len() + 1] = terminated(TEXT);
        match CStr::from_bytes_with_nul(&BYTES) {
            Ok(text) => text,
            Err(_) => c"",
        }
    }};
}

/// Declares the statuses: those of this interface, and those that have the words of the core's errors and their numbers, counted from a first one on. A
/// comment is for the header alone.
macro_rules! statuses {
    (
        ours { $($(#[doc = $more:literal])? $own:ident = $number:literal, $words:literal;)+ }
        $($Kinds:ident from $first:literal { $($name:ident = $kind:ident;)+ })+
    ) => {
        $(
            #[doc = concat!("The status of: ", $words, ".")]
            pub const $own: bj_status = $number;
        )+
        $($(
            #[doc = concat!("The status of [`", stringify!($Kinds), "::", stringify!($kind), "`].")]
            pub const $name: bj_status = $first - 1 + $Kinds::$kind.code() as bj_status;
        )+)+

        /// Every status, its name and its words.
        pub const STATUSES: &[(bj_status, &CStr, &CStr)] = &[
            $(($own, text!(stringify!($own)), text!($words)),)+
            $($(($name, text!(stringify!($name)), text!($Kinds::$kind.message())),)+)+
        ];

        /// What the header says of a status behind its words.
        pub const REMARKS: &[(bj_status, &str)] = &[$(($own, concat!("", $($more)?)),)+];
    };
}

statuses! {
    ours {
        BJ_OK = 0, "all is well";
        /// It is no error.
        BJ_END = 64, "there is nothing more to come";
        /// What was called on may still be used.
        BJ_PANIC = 65, "the library has a fault and has stopped this call";
        BJ_CLOSED = 66, "the client or server was closed before";
        BJ_TIMEOUT = 67, "the time was over before it was done";
        BJ_SYSTEM = 68, "the operating system refuses a thread or a socket";
        BJ_WRONG_KIND = 69, "the argument 'metric' is of a kind that has no such operation";
        BJ_PORT_IN_USE = 70, "another program has the port or the path to listen on";
        BJ_PERMISSION = 71, "no permission to listen on the port or the path";
        BJ_NULL_CLIENT = 80, "the argument 'client' is NULL";
        BJ_NULL_NAME = 81, "the argument 'name' is NULL";
        BJ_NULL_TAGS = 82, "the argument 'tags' is NULL and ntags is not 0, or one of the tags is NULL";
        BJ_NULL_VALUE = 83, "the argument 'value' or 'values' is NULL";
        BJ_NULL_OUT = 84, "the argument for the result is NULL";
        BJ_NULL_METRIC = 85, "the argument 'metric' is NULL";
        BJ_NULL_SERVER = 86, "the argument 'server' is NULL";
        BJ_NULL_OPTIONS = 87, "the argument 'options' is NULL";
        BJ_NULL_DATAGRAM = 88, "the argument 'datagram' is NULL, or its bytes are";
        BJ_NULL_TITLE = 89, "the argument 'title' is NULL";
        BJ_NULL_TEXT = 90, "the argument 'text' is NULL";
        BJ_NULL_ITERATOR = 91, "the argument that is to be walked through is NULL, or its bytes are";
        BJ_NULL_SERIES = 92, "the argument 'series' is NULL";
        BJ_BAD_SIZE = 96, "options.size is smaller than any version of these options was: use the INIT macro";
        BJ_BAD_KIND = 97, "the argument 'kind' is none of the kinds of metrics";
        BJ_BAD_ADDRESS = 98, "the address in 'options' is not an address";
        BJ_BAD_PROFILE = 99, "options.profile is none of the profiles";
        BJ_BAD_SWITCH = 100, "a switch in 'options' (aggregate, background, environment, origin_detection, pull, segmentation, telemetry) is neither 0, 1 nor 2";
        BJ_BAD_CARDINALITY = 101, "options.cardinality is none of the cardinalities";
        BJ_BAD_UTF8 = 102, "a text in 'options' is not UTF-8";
        BJ_BAD_SETTING = 103, "a number in 'options' or 'fields' is out of its range";
        BJ_NO_LISTENER = 104, "'options' name nothing to listen on";
        BJ_BAD_SERVICE_STATUS = 105, "the argument 'status' is none of 0, 1, 2, 3";
        BJ_NO_SKETCH = 106, "the argument 'series' has no samples to ask for";
        BJ_BAD_WEIGHT = 107, "the argument 'n' is below 1 or no number";
        BJ_OVERLAP = 108, "two arguments share memory";
        BJ_TOO_SMALL = 109, "the argument 'memory' has too few bytes for what is to be made in it";
        BJ_MISALIGNED = 110, "a pointer is not aligned as its type has to be";
        /// Or it has interrupted that call.
        BJ_BUSY = 111, "another call on the same object is under way: this one comes from its callback";
        /// Nothing of it was written.
        BJ_FULL_BUFFER = 112, "the buffer has no room for the line";
        /// Known contexts go on.
        BJ_FULL_CONTEXTS = 113, "the table of contexts is full";
        /// Known contexts go on.
        BJ_FULL_BYTES = 114, "the space for names and tags is full";
        BJ_FULL_CELLS = 115, "the space for samples is full";
        BJ_FULL_TAGS = 116, "the message has more tags than an aggregator takes";
        BJ_FULL_BUCKETS = 117, "too many buckets are open: time has gone on without a flush";
        BJ_FULL_LENGTH = 118, "a name, a host or the tags have more than 65,535 bytes";
        /// Or it is missing; `writer->offset` says where.
        BJ_REFUSED = 119, "a part of the message would break its line: writer->part says which";
        BJ_NOT_A_METRIC = 120, "the argument 'message' is no metric";
        BJ_NULL_WRITER = 121, "the argument 'writer' is NULL, or its buffer is";
        BJ_NULL_MESSAGE = 122, "the argument 'message' is NULL, or a text in it is and has a length";
        BJ_NULL_FIELD = 123, "a text in 'fields' is NULL and has a length";
        BJ_NULL_SKETCH = 124, "the argument 'sketch' is NULL, or has no words";
        BJ_NULL_MEMORY = 125, "the argument 'memory' is NULL";
        BJ_NULL_AGGREGATOR = 126, "the argument 'aggregator' is NULL";
        BJ_NULL_EMITTER = 127, "the argument 'emitter' is NULL";
        BJ_NULL_CALLBACK = 128, "the callback is NULL";
        BJ_NULL_BUCKET = 140, "the argument 'bucket' is NULL";
        BJ_BAD_SAMPLE_RATE = 141, "options.sample_rate is not above 0 and up to 1";
        BJ_BAD_PRIORITY = 142, "options.priority is neither 'normal' nor 'low'";
        BJ_BAD_ALERT_TYPE = 143, "options.alert_type is none of 'info', 'error', 'warning', 'success'";
        /// So it keeps nothing.
        BJ_NOT_PULLED = 144, "options.pull of the argument 'server' was not set";
        BJ_BAD_TAGS = 145, "one of options.tags is a tag that no line can carry";
        BJ_BAD_DIALECT = 146, "options.dialect is none of 'basenji', 'datadogpy', 'hot-shots', 'hot-shots-telegraf', 'datadog-go'";
        BJ_BAD_FORM = 159, "the argument 'form' is none of the forms of a sketch";
        BJ_NULL_UNIQUES = 160, "the argument 'uniques' is NULL, or has less than two words";
    }
    ErrorKind from 1 {
        BJ_NO_PIPE = NoPipe;
        BJ_NO_COLON = NoColon;
        BJ_EMPTY_NAME = EmptyName;
        BJ_EMPTY_VALUE = EmptyValue;
        BJ_BAD_VALUE = BadValue;
        BJ_BAD_TYPE = BadType;
        BJ_BAD_RATE = BadRate;
        BJ_BAD_TIMESTAMP = BadTimestamp;
        BJ_BAD_EVENT_HEADER = BadEventHeader;
        BJ_EVENT_TOO_SHORT = EventTooShort;
        BJ_BAD_STATUS = BadStatus;
        BJ_EMPTY_CHECK_NAME = EmptyCheckName;
        BJ_UNTERMINATED = Unterminated;
        BJ_TRUNCATED = Truncated;
        BJ_FRAME_TOO_LONG = FrameTooLong;
        BJ_EMPTY_FRAME = EmptyFrame;
    }
    Fault from 147 {
        BJ_STATE_CUT = Cut;
        BJ_STATE_FORM = Form;
        BJ_STATE_VERSION = Version;
        BJ_STATE_KIND = Kind;
        BJ_STATE_NUMBER = Number;
        BJ_STATE_ORDER = Order;
        BJ_STATE_COUNT = Count;
        BJ_STATE_SUMMARY = Summary;
        BJ_STATE_WIDTH = Width;
        BJ_STATE_FIELD = Field;
        BJ_STATE_CHECKSUM = Checksum;
        BJ_STATE_TRAILING = Trailing;
    }
}

/// The status of a line that is refused for this reason.
pub(crate) fn refused(kind: ErrorKind) -> bj_status {
    bj_status::from(kind.code())
}

/// The status of a state that is refused for this reason.
pub(crate) fn corrupted(fault: Fault) -> bj_status {
    BJ_STATE_CUT - 1 + bj_status::from(fault.code())
}

/// The status of memory that is used up.
pub(crate) fn full(full: Full) -> bj_status {
    BJ_FULL_BUFFER + full as bj_status
}

// The statuses are in the order of the kinds.
const _: () = assert!(Full::ALL.len() == 7 && BJ_FULL_BUFFER + Full::Length as bj_status == BJ_FULL_LENGTH);

/// The bytes of `text` and a NUL, at compile time.
const fn terminated<const LEN: usize>(text: &str) -> [u8; LEN] {
    let (mut bytes, mut at) = ([0; LEN], 0);
    while at < text.len() {
        bytes[at] = text.as_bytes()[at];
        at += 1;
    }
    bytes
}

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
