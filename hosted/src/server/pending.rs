//! Events and service checks that wait for the next flush.

use basenji_core::Time;

/// Lines and when they were received, bounded in bytes.
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
    received: Time,
}

impl Pending {
    /// Room for lines of `limit` bytes, their book-keeping included; it is taken as it is needed.
    pub(crate) fn new(limit: usize) -> Pending {
        Pending { text: Vec::new(), lines: Vec::new(), limit }
    }

    /// Appends a copy of `line`; false if there is no room for it.
    pub(crate) fn push(&mut self, line: &[u8], received: Time) -> bool {
        let used = self.text.len() + (self.lines.len() + 1) * size_of::<Line>();
        if used.saturating_add(line.len()) > self.limit {
            return false;
        }
        self.text.extend_from_slice(line);
        self.lines.push(Line { len: line.len(), received });
        true
    }

    /// The lines in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], Time)> {
        let mut rest = &self.text[..];
        self.lines.iter().map(move |line| {
            let (text, after) = rest.split_at(line.len);
            rest = after;
            (text, line.received)
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
        let mut pending = Pending::new(3 * size_of::<Line>() + 6);
        let pushed =
            ["ab", "", "cdef", "x"].map(|line| pending.push(line.as_bytes(), Time::from_secs(line.len() as u64)));
        assert_eq!(pushed, [true, true, true, false]);
        let lines: Vec<_> = pending.iter().collect();
        let second = Time::from_secs;
        assert_eq!(lines, [(&b"ab"[..], second(2)), (b"", second(0)), (b"cdef", second(4))]);
        pending.clear();
        assert_eq!(pending.iter().count(), 0);
        assert!(pending.push(b"x", second(1)));
    }
}
