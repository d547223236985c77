//! Where the contexts of a thread's calls by name were last, found by where the calls have their texts.
//!
//! Names and tags mostly stand in the program, so that their addresses tell one call from another without a look at their bytes. A hint is only
//! where to look first: the bytes decide.

use basenji_core::client::Hint;
use basenji_core::wire::MetricKind;

/// Places of hints, each 4 bytes; a power of two.
const PLACES: usize = 1024;

/// The hints of one thread.
pub(super) struct Hints(Box<[Hint; PLACES]>);

/// The place of the hint for a call.
#[derive(Clone, Copy)]
pub(super) struct Place(usize);

impl Place {
    /// That of calls with texts at these addresses.
    #[inline]
    pub(super) fn of(kind: MetricKind, name: &str, tags: &[&str]) -> Place {
        let mix = |sum: u64, text: &str| sum.rotate_left(7) ^ text.as_ptr().addr() as u64 ^ (text.len() as u64) << 48;
        let sum = tags.iter().fold(mix(kind as u64, name), |sum, tag| mix(sum, tag));
        Place((sum.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize)
    }
}

impl Hints {
    /// Hints that are all wrong.
    pub(super) fn new() -> Hints {
        Hints(Box::new([Hint::default(); PLACES]))
    }

    #[inline]
    pub(super) fn get(&self, place: Place) -> Hint {
        self.0[place.0 % PLACES]
    }

    pub(super) fn set(&mut self, place: Place, hint: Hint) {
        self.0[place.0 % PLACES] = hint;
    }
}
