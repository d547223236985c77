//! Fair shares of a shard's cells.
//!
//! A part of the cells is kept back. Once the others are taken, a name and an origin still get a little of that part in each flush
//! interval, as [`FairShares`] says: one that explodes leaves the rest to those beside it.

use std::collections::HashMap;

use super::census::Plain;
use super::config::FairShares;

/// By how many cells a share grows: the block that most samples begin with.
pub(super) const STEP: usize = 16;

/// Who has had how many of the cells that are kept back.
#[derive(Debug, Clone)]
pub(super) struct CellShares {
    /// The cells that anybody may have.
    common: usize,
    /// The most of the others that a name or an origin may have had before it gets more.
    modest: usize,
    names: HashMap<u64, usize, Plain>,
    origins: HashMap<u32, usize, Plain>,
}

impl CellShares {
    pub(super) fn new(cells: usize, shares: FairShares) -> CellShares {
        let part = |per_cent: usize| (cells as u128 * per_cent as u128 / 100) as usize;
        CellShares {
            common: cells.saturating_sub(part(shares.kept)),
            modest: part(shares.modest),
            names: HashMap::default(),
            origins: HashMap::default(),
        }
    }

    pub(super) fn common(&self) -> usize {
        self.common
    }

    /// Takes a step for a name and an origin, 0 if that is unknown; false if one of them has had its share.
    pub(super) fn take(&mut self, name: u64, origin: u32) -> bool {
        let is_modest = |had: Option<&usize>| had.is_none_or(|&had| had <= self.modest);
        if !is_modest(self.names.get(&name)) || (origin != 0 && !is_modest(self.origins.get(&origin))) {
            return false;
        }
        *self.names.entry(name).or_default() += STEP;
        if origin != 0 {
            *self.origins.entry(origin).or_default() += STEP;
        }
        true
    }

    /// Begins an interval.
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.origins.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_an_origin_get_a_little_of_what_is_kept_back_in_each_interval() {
        let mut shares = CellShares::new(10_000, FairShares { kept: 10, modest: 1 });
        assert_eq!(shares.common(), 9000);
        let steps = |shares: &mut CellShares, name, origin| (0..1000).filter(|_| shares.take(name, origin)).count();
        // More than a hundredth is had at the seventh step.
        assert_eq!(steps(&mut shares, 1, 0), 7);
        assert_eq!(steps(&mut shares, 2, 5), 7);
        assert_eq!(steps(&mut shares, 3, 5), 0, "its origin has had its share");
        assert_eq!(steps(&mut shares, 3, 0), 7);
        shares.clear();
        assert_eq!(steps(&mut shares, 1, 5), 7);
    }
}
