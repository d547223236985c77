//! Operations on the objects of libbasenji_core, as text: a line each, so that a seed can be read.
//!
//! | line | |
//! | --- | --- |
//! | `page.views:1\|c\|#a` | a datagram, whose messages are written, recorded and called; `\n` in it is a newline |
//! | `+1500`, `-1500` | the time goes on, or back, by milliseconds |
//! | `flush`, `flush all` | of the aggregator |
//! | `poll`, `drain` | of the emitter |
//! | `broken`, `mended` | what its network is from now on |
//! | `value 1.5 2` | a value for the sketch, and how often |
//! | `clear` | the writer begins anew |
//! | `contexts 8`, `bytes 256`, `cells 64`, `buffer 256`, `bins 16`, `lines` (the emitter does not aggregate), `sanitise` | before all others |
//!
//! Anything else is a datagram.

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Milliseconds to go on.
    On(u64),
    /// Milliseconds to go back.
    Back(u64),
    /// A datagram.
    Message(Vec<u8>),
    /// A flush of the aggregator, of the open buckets too.
    Flush(bool),
    /// Send what is due.
    Poll,
    /// Send all.
    Drain,
    /// Whether the network is broken.
    Broken(bool),
    /// A value, and how often.
    Sketch(f64, f64),
    /// Forget what was written.
    Clear,
}

/// How large things are, and operations.
#[derive(Debug, Clone)]
pub struct Script {
    /// Contexts of the aggregator and of the emitter.
    pub contexts: usize,
    /// Bytes of their names and tags.
    pub bytes: usize,
    /// Their cells.
    pub cells: usize,
    /// Bytes of the emitter's lines, and of the writer.
    pub buffer: usize,
    /// Words of the sketch.
    pub bins: usize,
    /// Whether the emitter aggregates.
    pub aggregate: bool,
    /// Whether the writer sanitises.
    pub sanitise: bool,
    /// The operations in order.
    pub ops: Vec<Op>,
}

impl Script {
    /// Reads a script.
    pub fn parse(text: &[u8]) -> Self {
        let mut script = Script {
            contexts: 8,
            bytes: 256,
            cells: 64,
            buffer: 256,
            bins: 16,
            aggregate: true,
            sanitise: false,
            ops: Vec::new(),
        };
        for line in text.split(|&byte| byte == b'\n') {
            let words = std::str::from_utf8(line).unwrap_or_default();
            if script.ops.is_empty() && script.set(words).is_some() {
                continue;
            }
            script.ops.push(op(words).unwrap_or_else(|| Op::Message(unescaped(line))));
        }
        script
    }

    fn set(&mut self, words: &str) -> Option<()> {
        match words.split_once(' ').unwrap_or((words, "")) {
            ("lines", "") => self.aggregate = false,
            ("sanitise", "") => self.sanitise = true,
            ("contexts", count) => self.contexts = small(count)?,
            ("bytes", count) => self.bytes = small(count)?,
            ("cells", count) => self.cells = small(count)?,
            ("buffer", count) => self.buffer = small(count)?.max(1),
            ("bins", count) => self.bins = small(count)?.max(1),
            _ => return None,
        }
        Some(())
    }
}

fn op(words: &str) -> Option<Op> {
    Some(match words {
        "flush" => Op::Flush(false),
        "flush all" => Op::Flush(true),
        "poll" => Op::Poll,
        "drain" => Op::Drain,
        "broken" => Op::Broken(true),
        "mended" => Op::Broken(false),
        "clear" => Op::Clear,
        _ => {
            let (word, rest) = words.split_once(' ').unwrap_or((words, ""));
            match (word, word.split_at_checked(1)) {
                ("value", _) => {
                    let (value, n) = rest.split_once(' ')?;
                    Op::Sketch(value.parse().ok()?, n.parse().ok()?)
                }
                (_, Some(("+", millis))) => Op::On(small(millis)? as u64),
                (_, Some(("-", millis))) => Op::Back(small(millis)? as u64),
                _ => return None,
            }
        }
    })
}

/// The line with newlines for each `\n`.
fn unescaped(line: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let newline = byte == b'\\' && rest.next_if_eq(&b'n').is_some();
        bytes.push(if newline { b'\n' } else { byte });
    }
    bytes
}

/// A number up to ten thousand.
fn small(digits: &str) -> Option<usize> {
    digits.parse().ok().filter(|&number| number <= 10_000)
}
