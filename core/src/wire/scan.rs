//! Text whose delimiters are known a window ahead: what the grammar reads, and what splits tags and packed values.
//!
//! The delimiters of a window are found together, and finding the next is then to count zeros. No byte is looked at twice.

use super::block::WIDE;
use super::window::{Either, WINDOW, marks, short_marks};

/// What is left of a text that is delimited by `A` and by `B`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a, const A: u8, const B: u8> {
    rest: &'a [u8],
    /// A bit for each delimiter in the window, the next byte the lowest, and above them one where the window ends; never 0, since a
    /// delimiter is taken out only where the window goes on.
    marks: u64,
}

/// The marks of a window of no bytes.
const UNKNOWN: u64 = 1;

impl<'a, const A: u8, const B: u8> Scan<'a, A, B> {
    /// All of `text`.
    #[inline(always)]
    pub(super) fn new(text: &'a [u8]) -> Self {
        Scan { rest: text, marks: UNKNOWN }
    }

    /// What is left.
    #[inline(always)]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Everything up to the next delimiter, or up to the end, and what is left from there.
    #[inline(always)]
    pub(super) fn piece(self) -> (&'a [u8], Self) {
        if !WIDE {
            return self.piece_by_byte();
        }
        let step = self.marks.trailing_zeros();
        let marks = self.marks.wrapping_shr(step);
        if marks > UNKNOWN
            && let Some((piece, rest)) = self.rest.split_at_checked(step as usize)
        {
            return (piece, Scan { rest, marks });
        }
        self.further(step as usize)
    }

    /// The delimiter that a [`Scan::piece`] ended at, and what is left after it.
    #[inline(always)]
    pub(super) fn delimiter(self) -> Option<(u8, Self)> {
        let (&delimiter, rest) = self.rest.split_first()?;
        Some((delimiter, Scan { rest, marks: self.marks >> 1 }))
    }

    /// What is left after `N` bytes.
    #[inline(always)]
    pub(super) fn skip<const N: usize>(self) -> Self {
        let rest = self.rest.get(N..).unwrap_or_default();
        let marks = self.marks >> N;
        Scan { rest, marks: if marks > UNKNOWN || !WIDE { marks } else { cold_window::<A, B>(rest) } }
    }

    /// Everything up to the next delimiter, and what is left after that, or all and `None`.
    #[inline(always)]
    pub(super) fn split(self) -> (&'a [u8], Option<Self>) {
        if !WIDE {
            let (piece, rest) = self.piece_by_byte();
            return (piece, rest.delimiter().map(|(_, rest)| rest));
        }
        let step = self.marks.trailing_zeros();
        let marks = self.marks.wrapping_shr(step);
        if marks > UNKNOWN
            && let Some((piece, [_, rest @ ..])) = self.rest.split_at_checked(step as usize)
        {
            return (piece, Some(Scan { rest, marks: marks >> 1 }));
        }
        let (piece, rest) = self.further(step as usize);
        (piece, rest.delimiter().map(|(_, rest)| rest))
    }

    /// Calls `f` with each piece in turn: what [`Scan::split`] gives, cheaper.
    #[inline(always)]
    pub(super) fn fold<T>(self, init: T, mut f: impl FnMut(T, &'a [u8]) -> T) -> T {
        if !WIDE {
            let (mut folded, mut left) = (init, Some(self));
            while let Some(scan) = left {
                let (piece, rest) = scan.split();
                (folded, left) = (f(folded, piece), rest);
            }
            return folded;
        }
        let (mut folded, mut start, mut searched) = (init, 0usize, 0usize);
        loop {
            let Some(ahead) = self.rest.get(searched..) else { return folded };
            let window = ahead.first_chunk();
            let mut found = match window {
                Some(window) => marks::<Either<A, B>>(window),
                None => short_marks::<Either<A, B>>(ahead),
            };
            while found != 0 {
                let end = searched.wrapping_add(found.trailing_zeros() as usize);
                let Some(piece) = self.rest.get(start..end) else { return folded };
                folded = f(folded, piece);
                start = end.wrapping_add(1);
                found &= found.wrapping_sub(1);
            }
            if window.is_none() {
                let Some(last) = self.rest.get(start..) else { return folded };
                return f(folded, last);
            }
            searched = searched.wrapping_add(WINDOW);
        }
    }

    /// [`Scan::piece`] where there is no delimiter in the window, which has `before` bytes.
    #[inline(always)]
    fn further(self, mut before: usize) -> (&'a [u8], Self) {
        while let Some(rest) = self.rest.get(before..) {
            let (found, last) = window::<A, B>(rest);
            let step = found.trailing_zeros();
            let marks = found.wrapping_shr(step);
            before = before.wrapping_add(step as usize);
            if marks > UNKNOWN
                && let Some((piece, rest)) = self.rest.split_at_checked(before)
            {
                return (piece, Scan { rest, marks });
            }
            if last {
                break;
            }
        }
        self.all()
    }

    /// [`Scan::piece`] in little code, without marks.
    fn piece_by_byte(self) -> (&'a [u8], Self) {
        let place = self.rest.iter().position(|&byte| byte == A || byte == B);
        match place.and_then(|at| self.rest.split_at_checked(at)) {
            Some((piece, rest)) => (piece, Scan { rest, marks: UNKNOWN }),
            None => self.all(),
        }
    }

    #[inline(always)]
    fn all(self) -> (&'a [u8], Self) {
        (self.rest, Scan { rest: self.rest.get(self.rest.len()..).unwrap_or_default(), marks: UNKNOWN })
    }
}

#[cold]
#[inline(never)]
fn cold_window<const A: u8, const B: u8>(text: &[u8]) -> u64 {
    window::<A, B>(text).0
}

/// The marks of the window that `text` begins with, one where it ends among them, and whether nothing follows it.
#[inline(always)]
fn window<const A: u8, const B: u8>(text: &[u8]) -> (u64, bool) {
    match text.first_chunk() {
        Some(window) => (marks::<Either<A, B>>(window) | 1 << (WINDOW - 1), false),
        None => (short_marks::<Either<A, B>>(text) | 1 << (text.len() % WINDOW), true),
    }
}
