//! A datagram is lines, a line is a message (v1.0).
//!
//! Lines end in a newline, which the last one may lack; one `\r` before it is dropped, and empty lines are skipped. Nothing else is
//! trimmed. A bad line never affects its neighbours.

use super::block::WIDE;
use super::grammar::{Line, split_around};
use super::search::find;
use super::{Message, Metric, Outline};
use crate::{ErrorKind, ParseError};

/// The lines of a datagram that are not empty.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: &'a [u8],
    terminated: bool,
}

impl<'a> Lines<'a> {
    /// The lines of `datagram`.
    pub fn new(datagram: &'a [u8]) -> Self {
        Lines { rest: datagram, terminated: true }
    }

    /// Whether the line that came last ended in a newline.
    pub fn terminated(&self) -> bool {
        self.terminated
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let line = match find(b'\n', self.rest).and_then(|at| split_around(self.rest, at)) {
                Some((line, rest)) => {
                    self.rest = rest;
                    line
                }
                None => {
                    self.terminated = false;
                    core::mem::take(&mut self.rest)
                }
            };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }
}

/// The messages of a datagram: an item a line, each a message or the reason why it is none.
///
/// # Example
///
/// ```
/// use basenji_core::ErrorKind;
/// use basenji_core::wire::{Message, Messages};
///
/// let mut messages = Messages::new(b"page.views:1|c\nbad line\n_sc|db.up|0");
/// assert!(matches!(messages.next(), Some(Ok(Message::Metric(_)))));
/// assert!(matches!(messages.next(), Some(Err(error)) if error.kind == ErrorKind::NoPipe));
/// assert_eq!(messages.line(), b"bad line");
/// assert!(matches!(messages.next(), Some(Ok(Message::ServiceCheck(_)))));
/// assert!(messages.next().is_none());
/// ```
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    rest: Line<'a, b'\n'>,
    line: &'a [u8],
    refuse_tail: Option<ErrorKind>,
}

impl<'a> Messages<'a> {
    /// The messages of `datagram`, whose last line needs no newline.
    pub fn new(datagram: &'a [u8]) -> Self {
        Messages { rest: Line::new(datagram), line: &[], refuse_tail: None }
    }

    /// Whether a last line without a newline is refused as `Unterminated` (the Agent's `dogstatsd_eol_required`).
    #[must_use]
    pub fn require_eol(mut self, require: bool) -> Self {
        if require {
            self.refuse_tail = self.refuse_tail.or(Some(ErrorKind::Unterminated));
        }
        self
    }

    /// Whether the receive buffer cut this datagram: then a last line without a newline is refused as `Truncated`, since nobody can tell
    /// what it lacks.
    #[must_use]
    pub fn truncated(mut self, truncated: bool) -> Self {
        if truncated {
            self.refuse_tail = Some(ErrorKind::Truncated);
        }
        self
    }

    /// The line that the last item came from, without its line end.
    pub fn line(&self) -> &'a [u8] {
        self.line
    }

    /// What has not been looked at yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest.rest()
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, ParseError>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if WIDE && let Some(metric) = self.metric() {
            return Some(Ok(Message::Metric(metric)));
        }
        // Taken apart and put together: else every metric above would go through memory too.
        match self.other()? {
            Ok(message) => Some(Ok(message)),
            Err(ParseError { kind, offset }) => Some(Err(ParseError { kind, offset })),
        }
    }
}

impl<'a> Messages<'a> {
    /// The next message if it is a metric on a line that needs no second thought. The search for its fields finds the end of its line.
    #[inline(always)]
    fn metric(&mut self) -> Option<Metric<'a>> {
        let lines = self.rest.rest();
        if let [b'_', ..] = lines {
            return None;
        }
        let (metric, rest) = Metric::first_of(self.rest)?;
        let (b'\n', rest) = rest.delimiter()? else { return None };
        let (line, _) = lines.split_at_checked(lines.len().wrapping_sub(rest.rest().len()).wrapping_sub(1))?;
        if let [.., b'\r'] = line {
            return None;
        }
        (self.rest, self.line) = (rest, line);
        Some(metric)
    }

    /// The next line in parts, if it is one of a metric that can be taken apart without being understood; if not, the next message is what
    /// [`Messages::next`] says. Cost: linear in the line.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::Messages;
    ///
    /// let mut messages = Messages::new(b"page.views:1|c|#env:dev\n_sc|db.up|0");
    /// let outline = messages.outline().unwrap();
    /// assert_eq!((outline.name, outline.value, outline.tail), (&b"page.views"[..], &b"1"[..], &b"|c|#env:dev"[..]));
    /// assert_eq!(messages.outline(), None);
    /// assert!(messages.next().unwrap().is_ok());
    /// ```
    #[inline(always)]
    pub fn outline(&mut self) -> Option<Outline<'a>> {
        let (outline, rest) = self.outline_of(self.rest(), |_| ())?;
        self.pass(&outline, rest);
        Some(outline)
    }

    /// [`Messages::outline`] of what is left from `rest` on, and what follows it; `step` is called with each sixteen bytes of the name and then of the
    /// tail.
    #[inline(always)]
    pub(crate) fn outline_of(&self, rest: &'a [u8], step: impl FnMut(&[u8; 16])) -> Option<(Outline<'a>, &'a [u8])> {
        let (outline, rest, terminated) = Outline::first_of(rest, step)?;
        (terminated || self.refuse_tail.is_none()).then_some((outline, rest))
    }

    /// Goes on with `rest`, after the line of `outline`.
    pub(crate) fn pass(&mut self, outline: &Outline<'a>, rest: &'a [u8]) {
        (self.rest, self.line) = (Line::new(rest), outline.line);
    }

    /// The next message, whatever it is.
    #[inline(never)]
    fn other(&mut self) -> Option<Result<Message<'a>, ParseError>> {
        let mut lines = Lines::new(self.rest.rest());
        let line = lines.next();
        self.rest = Line::new(lines.rest);
        self.line = line?;
        if let Some(kind) = self.refuse_tail.filter(|_| !lines.terminated()) {
            return Some(Err(ParseError { kind, offset: 0 }));
        }
        Some(Message::parse_up_to::<b'\n'>(self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MetricKind, Tags};
    use super::*;
    use std::vec::Vec;

    fn lines(datagram: &[u8]) -> Vec<&[u8]> {
        Lines::new(datagram).collect()
    }

    #[test]
    fn one_carriage_return_is_dropped_and_empty_lines_are_skipped() {
        assert_eq!(lines(b"a\r\n\n\r\nb\r\r\n c \t"), [&b"a"[..], b"b\r", b" c \t"]);
        assert_eq!(lines(b""), Vec::<&[u8]>::new());
        assert_eq!(lines(b"\n"), Vec::<&[u8]>::new());
        assert_eq!(lines(b"a\r"), [b"a"]);
    }

    #[test]
    fn a_message_is_the_same_wherever_windows_end() {
        for (name, tail) in (1..200).flat_map(|name| (0..70).map(move |tail| (name, tail))) {
            let name = "n".repeat(name);
            let line = std::format!("{name}:1|c|@0.5|#a,,b:c|zz||T5|c:x{}", "x".repeat(tail));
            let alone = Message::parse(line.as_bytes());
            let Ok(Message::Metric(metric)) = alone else { panic!("{line}") };
            assert_eq!((metric.name, metric.kind), (name.as_bytes(), MetricKind::Count));
            assert_eq!((metric.sample_rate, metric.timestamp), (0.5, Some(5)));
            assert_eq!(metric.tags, Tags::List(&[b"a", b"", b"b:c"]));
            assert_eq!(metric.origin.local_data.map(<[u8]>::len), Some(tail + 1));
            let datagram = std::format!("{line}\n{line}\r\n\n{line}\n{line}");
            let mut messages = Messages::new(datagram.as_bytes());
            for _ in 0..4 {
                assert_eq!(messages.next(), Some(alone));
                assert_eq!(messages.line(), line.as_bytes());
            }
            assert_eq!(messages.next(), None);
        }
    }

    fn kinds(messages: Messages<'_>) -> Vec<Option<ErrorKind>> {
        messages.map(|message| message.err().map(|error| error.kind)).collect()
    }

    #[test]
    fn a_tail_is_refused_only_where_the_listener_says_so() {
        let tail = b"a:1|c\nb:1|c";
        assert_eq!(kinds(Messages::new(tail)), [None, None]);
        assert_eq!(kinds(Messages::new(tail).require_eol(true)), [None, Some(ErrorKind::Unterminated)]);
        assert_eq!(kinds(Messages::new(tail).truncated(true)), [None, Some(ErrorKind::Truncated)]);
        assert_eq!(kinds(Messages::new(tail).truncated(true).require_eol(true)), [None, Some(ErrorKind::Truncated)]);
        assert_eq!(kinds(Messages::new(b"a:1|c\n").truncated(true).require_eol(true)), [None]);
    }

    #[test]
    fn only_sc_and_a_pipe_begin_a_service_check() {
        for metric in [&b"_score:1|c"[..], b"_sc:1|c", b"_e:1|c", b"_e_{:1|c"] {
            assert!(matches!(Message::parse(metric), Ok(Message::Metric(_))), "{metric:?}");
        }
    }
}
