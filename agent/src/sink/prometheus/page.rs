//! A page, written piece by piece: the lock on the series is held for one piece, never while a scraper reads.

use std::sync::{Arc, Mutex, PoisonError};

use super::families::Families;
use super::negotiate::{Format, Wanted};
use super::style::{PIECE, Scratch, Style};
use super::{protobuf, text};

/// The rest of a page.
#[derive(Debug)]
pub(crate) struct Page {
    families: Arc<Mutex<Families>>,
    wanted: Wanted,
    style: Arc<Style>,
    scratch: Scratch,
    /// The escaped name of the family that is being written, or was the last one.
    family: Option<Box<[u8]>>,
    /// How many of its series are written; all of them if none.
    series: Option<usize>,
    generation: u64,
}

/// The page took so long that series have left meanwhile.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooSlow;

impl Page {
    pub(crate) fn new(families: Arc<Mutex<Families>>, wanted: Wanted, style: Arc<Style>) -> Page {
        let generation = lock(&families).page(true);
        Page { families, wanted, style, scratch: Scratch::default(), family: None, series: None, generation }
    }

    /// Appends the next piece; false if it was the last one.
    ///
    /// # Errors
    ///
    /// The page cannot go on.
    pub(crate) fn piece(&mut self, out: &mut Vec<u8>) -> Result<bool, TooSlow> {
        let Page { families, wanted, style, scratch, family: place, series: written, generation } = self;
        let families = lock(families);
        if families.generation() != *generation {
            return Err(TooSlow);
        }
        let end = out.len() + PIECE;
        while out.len() < end {
            let same = place.as_deref().zip(*written).and_then(|(name, _)| Some((name, families.get(name)?)));
            let Some((escaped, family)) = same.or_else(|| families.after(place.as_deref())) else {
                if wanted.format == Format::OpenMetrics {
                    out.extend_from_slice(b"# EOF\n");
                }
                return Ok(false);
            };
            let start = written.filter(|_| same.is_some()).unwrap_or(0);
            let mut slots = family.series.iter().skip(start).filter_map(|&at| families.slot(at));
            let mut count = 0;
            // At least one, so that each piece gets further.
            let mut next = |len: usize| {
                let slot = if count == 0 || len < end { slots.next() } else { None };
                slot.inspect(|_| count += 1)
            };
            match wanted.format {
                Format::Protobuf => {
                    protobuf::family(wanted.escaping, family, style, scratch, out, &mut next);
                }
                _ => text::family(*wanted, family, style, scratch, start == 0, out, &mut next),
            }
            let all = start + count >= family.series.len();
            let escaped: Box<[u8]> = escaped.into();
            *written = (!all).then_some(start + count);
            *place = Some(escaped);
        }
        Ok(true)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        lock(&self.families).page(false);
    }
}

pub(super) fn lock(families: &Mutex<Families>) -> std::sync::MutexGuard<'_, Families> {
    families.lock().unwrap_or_else(PoisonError::into_inner)
}
