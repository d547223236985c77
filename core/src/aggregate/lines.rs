//! Lines that came before: for such a line all but its value is known, so that nothing of it has to be parsed again.
//!
//! A line is remembered by what stands before its value and what follows it, compared byte by byte. Several lines are looked for together: what
//! a search reads is read for all of them before any is compared, so that the waits for memory overlap.

use core::hint::black_box;

use heapless::Vec;

use super::aggregator::Aggregator;
use super::entry::Entry;
use super::hash::{fold, hash};
use super::hint::Hint;
use super::outcome::Outcome;
use super::pool::NONE;
use super::record::weight;
use super::sample::Sample;
use super::settings::Keep;
use super::storage::Storage;
use crate::Time;
use crate::wire::search::same;
use crate::wire::{Messages, Metric, MetricKind, Outline, Values};

/// How many lines are looked for together.
const AHEAD: usize = 16;

/// The places where a line may stand, one after the other.
const PLACES: usize = 8;

/// Places that are used at first; when half of them are taken, twice as many.
const FIRST: usize = 512;

/// A place of a line, all zeros if it is free: hash and place of its text; number of its context and of its scope; the lengths of its parts and
/// its kind; its weight.
pub type LinePlace = [u64; 4];

/// A line in its place.
#[derive(Clone, Copy)]
struct Stored {
    hash: u32,
    /// Where its text begins: its name, and then what follows its value.
    text: u32,
    context: u32,
    scope: u32,
    name_len: u16,
    tail_len: u16,
    kind: u16,
    weight: f64,
}

impl Stored {
    #[inline(always)]
    fn load([a, b, c, weight]: LinePlace) -> Stored {
        Stored {
            hash: a as u32,
            text: (a >> 32) as u32,
            context: b as u32,
            scope: (b >> 32) as u32,
            name_len: c as u16,
            tail_len: (c >> 16) as u16,
            kind: (c >> 32) as u16,
            weight: f64::from_bits(weight),
        }
    }

    fn store(self) -> LinePlace {
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let lengths = u32::from(self.name_len) | u32::from(self.tail_len) << 16;
        [
            pair(self.hash, self.text),
            pair(self.context, self.scope),
            pair(lengths, self.kind.into()),
            self.weight.to_bits(),
        ]
    }
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
///     for line in ahead.iter() {
///         if memory.take(line, &mut aggregator, now).is_none()
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

    /// Takes the next lines out of `messages`, in place of those in `ahead`, as long as they have outlines, and reads what it needs for them. `scope` is
    /// the number of all that decides on the meaning of a line beside its text. Linear in their bytes.
    #[inline(always)]
    pub fn look_ahead<'a>(
        &self,
        ahead: &mut LinesAhead<'a>,
        messages: &mut Messages<'a>,
        scope: u32,
        aggregator: &Aggregator<impl Storage>,
    ) {
        ahead.0.clear();
        let seed = aggregator.settings.seed ^ u64::from(scope);
        while !ahead.0.is_full()
            && let Some(outline) = messages.outline()
        {
            let hash = (fold(hash(seed, outline.name), hash(seed, outline.tail)) >> 32) as u32;
            // It is not full.
            let _ = ahead.0.push(LineAhead { outline, hash, scope, text: 0, context: 0 });
        }
        self.touch(ahead, aggregator);
    }

    /// Takes in the value of a line that is remembered, received at `now`: its kind, and what [`Aggregator::take_in`] would return. `None` if it is not
    /// remembered, or not a line that it can do this for: then nothing has changed. Linear in the bytes of the line.
    #[inline(always)]
    pub fn take(
        &self,
        line: &LineAhead<'_>,
        aggregator: &mut Aggregator<impl Storage>,
        now: Time,
    ) -> Option<(MetricKind, Outcome)> {
        if aggregator.closed.is_some() || self.moves != aggregator.table.moves {
            return None;
        }
        let known = self.find(line)?;
        let kind = *MetricKind::ALL.get(usize::from(known.kind))?;
        let values = Values::read(kind, line.outline.value)?;
        let Some((value, member, rest)) = aggregator.first_of(&values) else { return Some((kind, Outcome::Skipped)) };
        aggregator.last = Hint(known.context);
        let sample = Sample { value, weight: known.weight, member, now };
        Some((kind, aggregator.take(known.context, sample, rest)))
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
        let (hash, scope, kind) = (line.hash, line.scope, metric.kind as u16);
        self.insert([name, tail], Stored { hash, text: 0, context, scope, name_len, tail_len, kind, weight });
    }

    #[inline(always)]
    fn place(&self, hash: u32, probe: usize) -> LinePlace {
        let at = (hash as usize).wrapping_add(probe) & self.mask;
        self.places.as_ref().get(at).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn find(&self, line: &LineAhead<'_>) -> Option<Stored> {
        for probe in 0..PLACES {
            let place = self.place(line.hash, probe);
            if is_free(place) {
                return None;
            }
            let stored = Stored::load(place);
            if stored.hash == line.hash && self.is(&stored, line) {
                return Some(stored);
            }
        }
        None
    }

    #[inline(always)]
    fn is(&self, stored: &Stored, line: &LineAhead<'_>) -> bool {
        let text = self.text.as_ref().get(stored.text as usize..).unwrap_or_default();
        stored.scope == line.scope
            && text.split_at_checked(stored.name_len.into()).is_some_and(|(name, rest)| {
                let tail = rest.get(..stored.tail_len.into()).unwrap_or_default();
                same(name, line.outline.name) && same(tail, line.outline.tail)
            })
    }

    /// Puts a line that it does not have into a free place, if there is one.
    fn insert(&mut self, text: [&[u8]; 2], line: Stored) {
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
        let Some(probe) = (0..PLACES).find(|&probe| is_free(self.place(line.hash, probe))) else { return };
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
        let at = (line.hash as usize).wrapping_add(probe) & self.mask;
        if let Some(place) = self.places.as_mut().get_mut(at) {
            *place = Stored { text: start, ..line }.store();
            (self.used, self.len) = (end, self.len.wrapping_add(1));
        }
    }

    /// Reads something of each cache line that [`LineMemory::take`] will read, for all lines together, so that the waits for memory overlap. Nothing depends
    /// on what it reads.
    #[inline(always)]
    fn touch(&self, LinesAhead(lines): &mut LinesAhead<'_>, aggregator: &Aggregator<impl Storage>) {
        if lines.len() < 2 {
            return;
        }
        let (view, text) = (aggregator.storage.view(), self.text.as_ref());
        for line in lines.iter_mut() {
            let stored = Stored::load(self.place(line.hash, 0));
            (line.text, line.context) = (stored.text, stored.context);
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
        for line in lines.iter() {
            let Some(entry) = view.entries.get(line.context as usize) else { continue };
            // The first cell of what a context of another kind holds.
            if !matches!(entry.kind, MetricKind::Count | MetricKind::Gauge) {
                sum = sum.wrapping_add(view.cells.get(entry.b as u32 as usize).copied().unwrap_or_default());
            }
        }
        black_box(sum);
    }
}

/// One less than the number of places that are used at first.
fn first_mask(places: &[LinePlace]) -> usize {
    places.len().checked_ilog2().map_or(0, |log| (1usize << log).min(FIRST).wrapping_sub(1))
}

/// Whether a place is free: no weight is 0.
#[inline(always)]
fn is_free([.., weight]: LinePlace) -> bool {
    weight == 0
}

/// A line that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct LineAhead<'a> {
    outline: Outline<'a>,
    hash: u32,
    scope: u32,
    /// Where its text and its context may be.
    text: u32,
    context: u32,
}

impl<'a> LineAhead<'a> {
    /// The line.
    pub fn outline(&self) -> &Outline<'a> {
        &self.outline
    }
}

/// Lines of a datagram that are looked for together, at most sixteen.
#[derive(Debug, Default)]
pub struct LinesAhead<'a>(Vec<LineAhead<'a>, AHEAD>);

impl<'a> LinesAhead<'a> {
    /// The lines, in order.
    pub fn iter(&self) -> impl Iterator<Item = &LineAhead<'a>> {
        self.0.iter()
    }

    /// Whether there are as many as are looked for together, so that there may be more.
    pub fn is_full(&self) -> bool {
        self.0.is_full()
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
