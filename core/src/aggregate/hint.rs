//! Where to look for a context first.

use super::pool::NONE;

/// Where a context was, and where to look for it first the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint(pub(super) u32);

impl Hint {
    /// That of no context.
    pub const NOWHERE: Hint = Hint(NONE);

    /// The hint whose [`Hint::place`] this is. Any number may be given: the bytes decide.
    #[inline]
    pub const fn at(place: u32) -> Hint {
        Hint(place)
    }

    /// The number of it, to be kept where a hint cannot: in an atomic.
    #[inline]
    pub const fn place(self) -> u32 {
        self.0
    }
}

impl Default for Hint {
    fn default() -> Self {
        Hint::NOWHERE
    }
}
