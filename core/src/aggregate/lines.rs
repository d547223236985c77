//! Lines that came before: for such a line all but its value is known, so that nothing of it has to be parsed again.
//!
//! A line is remembered by what stands before its value and what follows it, compared byte by byte. Several lines are looked for together: what
//! a search reads is read for all of them before any is compared, so that the waits for memory overlap.

use core::hint::black_box;

use super::aggregator::Aggregator;
use super::ahead::{LineAhead, LinesAhead};
use super::entry::Entry;
use super::hash::Steps;
use super::hint::Hint;
use super::pool::NONE;
use super::record::weight;
use super::settings::Keep;
use super::storage::{Storage, View};
use crate::wire::search::same;
use crate::wire::{Messages, Metric, MetricKind, Outline};

/// The places where a line may stand, one after the other.
const PLACES: usize = 8;

/// Places that are used at first; when half of them are taken, twice as many.
const FIRST: usize = 512;

/// A place of a line, all zeros if it is free: its key; the place of its text and the number of its context; the lengths of its parts; its weight.
pub type LinePlace = [u64; 4];

/// Two numbers in a word.
#[inline(always)]
fn pair(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// A memory of lines, for one aggregator: `places` of 32 bytes, of which it uses a power of two, and `text` for what stands in the lines beside
/// their values. It is bounded by both; when either is full, no more lines are remembered until it forgets them. What is remembered is forgotten
/// when the aggregator forgets contexts.
///
/// # Example
///
/// ```
/// use basenji_core::Time;
/// use basenji_core::aggregate::{Aggregator, LineMemory, LinesAhead, Point, Settings, Source, StaticStorage};
/// use basenji_core::wire::{Message, Messages};
///
/// let mut aggregator = Aggregator::new(StaticStorage::<8, 256, 64>::new(), Settings::new());
/// let mut memory = LineMemory::new([[0; 4]; 64], [0; 1024]);
/// let (now, mut parsed) = (Time::from_secs(20), 0);
/// for datagram in [b"visits:1|c|#page:home\n", b"visits:2|c|#page:home\n"] {
///     let mut ahead = LinesAhead::default();
///     memory.look_ahead(&mut ahead, &mut Messages::new(datagram), 0, &aggregator);
///     while let Some((line, known)) = ahead.take(&mut aggregator, now, |_| ()) {
///         if known.is_none()
///             && let Ok(Message::Metric(metric)) = line.outline().parse()
///         {
///             aggregator.record(&metric, &Source::default(), now)?;
///             memory.remember(line, &metric, &aggregator);
///             parsed += 1;
///         }
///     }
/// }
/// assert_eq!((parsed, memory.len()), (1, 1));
/// assert!(matches!(aggregator.flush_all(now).next().unwrap().point, Point::Count(3.0)));
/// # Ok::<(), basenji_core::Full>(())
/// ```
#[derive(Debug, Clone)]
pub struct LineMemory<P, T> {
    places: P,
    text: T,
    /// One less than the number of places in use; 0 without memory.
    mask: usize,
    len: usize,
    used: usize,
    is_full: bool,
    /// The aggregator's count of moves when they were remembered.
    moves: u32,
}

impl<P: AsRef<[LinePlace]> + AsMut<[LinePlace]>, T: AsRef<[u8]> + AsMut<[u8]>> LineMemory<P, T> {
    /// An empty memory. `places` are zeros; beyond those in use they are not touched, and neither is the text.
    pub fn new(places: P, text: T) -> Self {
        let mask = first_mask(places.as_ref());
        LineMemory { places, text, mask, len: 0, used: 0, is_full: false, moves: 0 }
    }

    /// How many lines it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it had no room for a line since it has last forgotten.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The bytes of both parts that are in use.
    pub fn size(&self) -> usize {
        self.mask.saturating_add(1).saturating_mul(size_of::<LinePlace>()).saturating_add(self.used)
    }

    /// Forgets all lines. Linear in the places in use.
    pub fn forget(&mut self) {
        if let Some(places) = self.places.as_mut().get_mut(..=self.mask) {
            places.fill([0; 4]);
        }
        self.mask = first_mask(self.places.as_ref());
        (self.len, self.used, self.is_full) = (0, 0, false);
    }

    /// Takes the next lines out of `messages`, in place of those in `ahead`, as long as they have outlines, and looks for them. `scope` is the number of all
    /// that decides on the meaning of a line beside its text. Linear in their bytes.
    ///
    /// What is read of the memory and of the aggregator is read for all lines before any of it is needed, so that the waits for it overlap.
    #[inline(never)]
    pub fn look_ahead<'a>(
        &self,
        ahead: &mut LinesAhead<'a>,
        messages: &mut Messages<'a>,
        scope: u32,
        aggregator: &Aggregator<impl Storage>,
    ) {
        let seed = aggregator.settings.seed ^ u64::from(scope);
        ahead.begin(aggregator.table.moves);
        let mut rest = messages.rest();
        loop {
            let mut steps = Steps::new(seed);
            let Some((outline, after)) = messages.outline_of(rest, |chunk| steps.step(chunk)) else { break };
            rest = after;
            steps.end(outline.name);
            steps.end(outline.tail);
            let line = LineAhead { outline, key: pair(steps.finish(), scope), text: 0, context: 0, weight: 0.0 };
            if ahead.push(line).is_none() {
                break;
            }
        }
        if let [.., last] = ahead.lines() {
            messages.pass(&last.outline, rest);
        }
        let view = aggregator.storage.view();
        if let lines @ [_, _, ..] = ahead.lines() {
            self.touch(lines, view);
        }
        if self.moves == aggregator.table.moves {
            ahead.lines().iter_mut().for_each(|line| self.find(line));
        }
        ahead.touch(view);
    }

    /// Remembers the meaning of a line: that of `metric`, which was recorded last. Some lines are not remembered, such as those with a timestamp.
    #[inline(never)]
    pub fn remember(&mut self, line: &LineAhead<'_>, metric: &Metric<'_>, aggregator: &Aggregator<impl Storage>) {
        let Some(weight) = weight(metric.sample_rate) else { return };
        // A set's members may be contexts.
        let is_one = metric.kind != MetricKind::Set || aggregator.settings.keep == Keep::Series;
        let (name, tail) = (line.outline.name, line.outline.tail);
        let (Ok(name_len), Ok(tail_len)) = (u16::try_from(name.len()), u16::try_from(tail.len())) else { return };
        let Hint(context) = aggregator.last;
        if context == NONE || metric.timestamp.is_some() || !is_one {
            return;
        }
        if self.moves != aggregator.table.moves {
            self.forget();
            self.moves = aggregator.table.moves;
        }
        let lengths = u64::from(name_len) | u64::from(tail_len) << 16;
        let mut known = LineAhead { weight: 0.0, ..*line };
        self.find(&mut known);
        // It may stand twice among lines that were looked for together.
        if known.weight == 0.0 {
            self.insert([name, tail], [line.key, pair(0, context), lengths, weight.to_bits()]);
        }
    }

    #[inline(always)]
    fn place(&self, key: u64, probe: usize) -> LinePlace {
        let at = (key as u32 as usize).wrapping_add(probe) & self.mask;
        self.places.as_ref().get(at).copied().unwrap_or_default()
    }

    /// Tells a line what is known of it.
    #[inline(always)]
    fn find(&self, line: &mut LineAhead<'_>) {
        if !self.is_at(0, line) {
            self.find_further(line);
        }
    }

    #[inline(never)]
    fn find_further(&self, line: &mut LineAhead<'_>) {
        // No weight is 0.
        let is_free = |probe: usize| matches!(self.place(line.key, probe), [.., 0]);
        let taken = (0..PLACES).find(|&probe| is_free(probe)).unwrap_or(PLACES);
        let _ = (1..taken).any(|probe| self.is_at(probe, line));
    }

    /// Tells a line what is known of it if it stands there.
    #[inline(always)]
    fn is_at(&self, probe: usize, line: &mut LineAhead<'_>) -> bool {
        let [key, at, lengths, weight] = self.place(line.key, probe);
        let is_it = key == line.key && self.is(at as u32, lengths as u32, &line.outline);
        if is_it {
            (line.context, line.weight) = ((at >> 32) as u32, f64::from_bits(weight));
        }
        is_it
    }

    #[inline(always)]
    fn is(&self, text: u32, lengths: u32, &Outline { name, tail, .. }: &Outline<'_>) -> bool {
        let (name_len, tail_len) = (usize::from(lengths as u16), (lengths >> 16) as usize);
        if (name_len, tail_len) != (name.len(), tail.len()) {
            return false;
        }
        let Some(text) = self.text.as_ref().get(text as usize..) else { return false };
        let Some((known, rest)) = text.split_at_checked(name.len()) else { return false };
        same(known, name) && rest.get(..tail.len()).is_some_and(|known| same(known, tail))
    }

    /// Puts a line that it does not have into a free place, if there is one.
    fn insert(&mut self, text: [&[u8]; 2], [key, context, lengths, weight]: LinePlace) {
        if self.mask == 0 || self.len.wrapping_mul(2) > self.mask {
            let wider = self.mask.wrapping_mul(2).wrapping_add(1);
            if self.mask == 0 || wider >= self.places.as_ref().len() {
                self.is_full = true;
                return;
            }
            // Few are forgotten so, and they come again.
            self.forget();
            self.mask = wider;
        }
        let is_free = |probe: &usize| matches!(self.place(key, *probe), [.., 0]);
        let Some(probe) = (0..PLACES).find(is_free) else { return };
        let end = text.iter().fold(self.used, |end, part| end.saturating_add(part.len()));
        let space = self.text.as_mut().get_mut(self.used..end);
        let (Some(space), Ok(start)) = (space, u32::try_from(self.used)) else {
            self.is_full = true;
            return;
        };
        let mut rest = space;
        for part in text {
            let Some((place, after)) = rest.split_at_mut_checked(part.len()) else { return };
            place.iter_mut().zip(part).for_each(|(place, byte)| *place = *byte);
            rest = after;
        }
        let at = (key as u32 as usize).wrapping_add(probe) & self.mask;
        if let Some(place) = self.places.as_mut().get_mut(at) {
            *place = [key, context | u64::from(start), lengths, weight];
            (self.used, self.len) = (end, self.len.wrapping_add(1));
        }
    }

    /// Reads something of each cache line that will be read of texts and entries. Nothing depends on what it reads.
    #[inline(always)]
    fn touch(&self, lines: &mut [LineAhead<'_>], view: View<'_>) {
        let text = self.text.as_ref();
        for line in lines.iter_mut() {
            let [_, at, ..] = self.place(line.key, 0);
            (line.text, line.context) = (at as u32, (at >> 32) as u32);
        }
        let mut sum = 0u64;
        for line in lines.iter() {
            let at = line.text as usize;
            for at in [at, at.saturating_add(64)] {
                sum = sum.wrapping_add(text.get(at).map_or(0, |&byte| byte.into()));
            }
            // An entry of 64 bytes seldom begins where a cache line does: its numbers stand at its front, its kind at the end.
            let both = |entry: &Entry| u64::from(entry.bucket).wrapping_add(entry.kind as u64);
            sum = sum.wrapping_add(view.entries.get(line.context as usize).map_or(0, both));
        }
        black_box(sum);
    }
}

/// One less than the number of places that are used at first.
fn first_mask(places: &[LinePlace]) -> usize {
    places.len().checked_ilog2().map_or(0, |log| (1usize << log).min(FIRST).wrapping_sub(1))
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
