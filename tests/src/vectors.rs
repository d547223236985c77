//! The vectors of `tests/vectors`, read.
//!
//! The files' format is described in `tests/vectors/README.md`. A file that cannot be read is a panic that names the file and
//! the line: a test would have nothing else to say.

use crate::calls::ClientLine;
use crate::naive::Tail;
use serde_json::Value;
use std::path::PathBuf;

/// A datagram and its messages.
#[derive(Debug, Clone)]
pub struct Datagram {
    /// The sentence that the vector shows to be true.
    pub name: String,
    /// The bytes.
    pub input: Vec<u8>,
    /// What becomes of a last line without a newline.
    pub tail: Tail,
    /// A JSON object a message, in order.
    pub expect: Vec<Value>,
}

/// The text of a field and its parts.
#[derive(Debug, Clone)]
pub struct Part {
    /// The sentence that the vector shows to be true.
    pub name: String,
    /// `local_data`, `external_data` or `cardinality`.
    pub part: String,
    /// The text after the field's key.
    pub input: Vec<u8>,
    /// The parts as a JSON object.
    pub expect: Value,
}

/// A stream as it arrives and its frames.
#[derive(Debug, Clone)]
pub struct Stream {
    /// The sentence that the vector shows to be true.
    pub name: String,
    /// What each read returns.
    pub chunks: Vec<Vec<u8>>,
    /// The longest frame that is accepted, in bytes.
    pub limit: usize,
    /// The whole frames, in order.
    pub frames: Vec<Vec<u8>>,
    /// The name of the error that ends the stream.
    pub error: Option<String>,
}

/// The files that hold datagrams.
pub const DATAGRAM_FILES: [&str; 13] = [
    "datagrams",
    "event_fields",
    "events",
    "exceptions",
    "floats",
    "metric_heads",
    "optional_fields",
    "origin_fields",
    "rates",
    "service_checks",
    "tags",
    "timestamps",
    "values",
];

/// The other files, each of a shape of its own.
pub const OTHER_FILES: [&str; 4] = ["client_lines", "framing", "parts", "states"];

/// The folder of the vectors.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// The vectors of one file of datagrams, without its ending.
pub fn datagrams(file: &str) -> Vec<Datagram> {
    let vector = |object: &Value| {
        let is_set = |key: &str| object.get(key) == Some(&Value::Bool(true));
        Some(Datagram {
            name: text(object, "name")?,
            input: input(object)?,
            tail: if is_set("truncated") {
                Tail::Truncated
            } else if is_set("eol_required") {
                Tail::Unterminated
            } else {
                Tail::Parsed
            },
            expect: object.get("expect")?.as_array()?.clone(),
        })
    };
    read(file, vector)
}

/// The vectors of `parts.jsonl`.
pub fn parts() -> Vec<Part> {
    let vector = |object: &Value| {
        Some(Part {
            name: text(object, "name")?,
            part: text(object, "part")?,
            input: input(object)?,
            expect: object.get("expect")?.clone(),
        })
    };
    read("parts", vector)
}

/// The vectors of `framing.jsonl`.
pub fn streams() -> Vec<Stream> {
    let list = |object: &Value, key: &str| -> Option<Vec<Vec<u8>>> {
        object.get(key)?.as_array()?.iter().map(|item| hex(item.as_str()?)).collect()
    };
    let vector = |object: &Value| {
        Some(Stream {
            name: text(object, "name")?,
            chunks: list(object, "chunks_hex")?,
            limit: usize::try_from(object.get("limit")?.as_u64()?).ok()?,
            frames: list(object, "frames_hex")?,
            error: object.get("error")?.as_str().map(str::to_owned),
        })
    };
    read("framing", vector)
}

/// The vectors of `client_lines.jsonl`.
pub fn client_lines() -> Vec<ClientLine> {
    read("client_lines", ClientLine::read)
}

/// The names of `states.jsonl`, whose vectors `tests/tests/states.rs` makes and compares.
pub fn state_names() -> Vec<String> {
    read("states", |object| text(object, "name"))
}

fn read<T>(file: &str, vector: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    let path = folder().join(file).with_extension("jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut vectors = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let at = format!("{}:{}", path.display(), index + 1);
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{at}: {error}"));
        vectors.push(vector(&object).unwrap_or_else(|| panic!("{at}: a member is missing or of the wrong type")));
    }
    vectors
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

fn input(object: &Value) -> Option<Vec<u8>> {
    match object.get("input_hex") {
        Some(digits) => hex(digits.as_str()?),
        None => text(object, "input").map(String::into_bytes),
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}
