//! Events and service checks that wait for the next flush.

use basenji_core::Time;

/// Lines, the tags of their origins, and when they were received, bounded in bytes.
///
/// They are kept as they came, since they are few; what they become is worked out at the flush, away from the sockets.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    text: Vec<u8>,
    lines: Vec<Line>,
    limit: usize,
}

#[derive(Debug, Clone, Copy)]
struct Line {
    len: usize,
    /// Bytes of the tags after the line.
    tags: usize,
    received: Time,
}

/// A line that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting<'a> {
    pub(crate) line: &'a [u8],
    /// The tags of its origin, joined by commas.
    pub(crate) tags: &'a [u8],
    pub(crate) received: Time,
}

impl Pending {
    /// Room for lines of `limit` bytes, their book-keeping included; it is taken as it is needed.
    pub(crate) fn new(limit: usize) -> Pending {
        Pending { text: Vec::new(), lines: Vec::new(), limit }
    }

    /// Appends a copy of `line` and of the tags of its origin; false if there is no room for them.
    pub(crate) fn push(&mut self, line: &[u8], tags: &[u8], received: Time) -> bool {
        let used = self.text.len() + (self.lines.len() + 1) * size_of::<Line>();
        if used.saturating_add(line.len()).saturating_add(tags.len()) > self.limit {
            return false;
        }
        self.text.extend_from_slice(line);
        self.text.extend_from_slice(tags);
        self.lines.push(Line { len: line.len(), tags: tags.len(), received });
        true
    }

    /// The lines in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Waiting<'_>> {
        let mut rest = &self.text[..];
        self.lines.iter().map(move |line| {
            let (text, after) = rest.split_at(line.len + line.tags);
            rest = after;
            let (text, tags) = text.split_at(line.len);
            Waiting { line: text, tags, received: line.received }
        })
    }

    /// Forgets every line and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_order_until_there_is_no_room() {
        let mut pending = Pending::new(3 * size_of::<Line>() + 9);
        let second = Time::from_secs;
        let lines = [("ab", "t:1"), ("", ""), ("cdef", ""), ("x", "")];
        let pushed =
            lines.map(|(line, tags)| pending.push(line.as_bytes(), tags.as_bytes(), second(line.len() as u64)));
        assert_eq!(pushed, [true, true, true, false]);
        let waiting: Vec<_> = pending.iter().map(|waiting| (waiting.line, waiting.tags, waiting.received)).collect();
        assert_eq!(waiting, [(&b"ab"[..], &b"t:1"[..], second(2)), (b"", b"", second(0)), (b"cdef", b"", second(4))]);
        pending.clear();
        assert_eq!(pending.iter().count(), 0);
        assert!(pending.push(b"x", b"", second(1)));
    }
}
