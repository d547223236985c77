//! The storage of a server's aggregators: memory that grows, with the [`Census`] at its door.

use std::sync::Arc;

use basenji_core::Full;
use basenji_core::aggregate::{Identity, Parts, Storage, View};

use super::cell_shares::{CellShares, STEP};
use super::census::Census;
use super::config::FairShares;
use crate::memory::{Growing, Memory};

/// Memory that grows, and whom it asks before a series is admitted or forgotten.
pub(crate) struct Gated {
    pub(crate) growing: Growing,
    census: Arc<Census>,
    of: Of,
}

/// What the storage is for.
enum Of {
    /// A worker's shard: the census admits the series of this origin, 0 if it is unknown, and the shard forgets them by itself.
    Shard { origin: u32, shares: CellShares },
    /// The table that lives on: it takes in what shards have let in, and the census tells what it may forget.
    Main,
}

impl Gated {
    /// The storage of a worker's shard: `census` says which series there is room for, `cells` are its own, a part of which is kept back.
    pub(crate) fn of_shard(census: &Arc<Census>, cells: usize, shares: FairShares) -> Gated {
        let of = Of::Shard { origin: 0, shares: CellShares::new(cells, shares) };
        Gated::new(census, Memory { cells, ..Memory::BOUNDLESS }, of)
    }

    /// The storage of the table that lives on: it holds what shards hand over, whose budgets are bounds for it too.
    pub(crate) fn of_main(census: &Arc<Census>) -> Gated {
        Gated::new(census, Memory::BOUNDLESS, Of::Main)
    }

    fn new(census: &Arc<Census>, memory: Memory, of: Of) -> Gated {
        Gated { growing: Growing::new(memory), census: Arc::clone(census), of }
    }

    /// The origin of the next series; 0 if it is unknown.
    #[inline]
    pub(crate) fn set_origin(&mut self, of: u32) {
        if let Of::Shard { origin, .. } = &mut self.of {
            *origin = of;
        }
    }

    /// Begins a flush interval without samples: what is kept back of the cells is so again.
    pub(crate) fn keep_back(&mut self) {
        if let Of::Shard { shares, .. } = &mut self.of
            && self.growing.cells() > shares.common()
        {
            self.growing.cut_cells(shares.common());
            shares.clear();
        }
    }

    /// Each goes on with the task of the other: what its budget is, and whom it asks.
    pub(crate) fn exchange_tasks(&mut self, other: &mut Gated) {
        self.growing.exchange_budgets(&mut other.growing);
        std::mem::swap(&mut self.of, &mut other.of);
    }
}

impl Storage for Gated {
    const GATED: bool = true;

    fn admit(&mut self, context: &Identity) -> Result<(), Full> {
        match self.of {
            Of::Shard { origin, .. } => self.census.admit(context, origin),
            Of::Main => {
                self.census.enter(context);
                Ok(())
            }
        }
    }

    fn forget(&mut self, context: &Identity) -> bool {
        match self.of {
            Of::Shard { .. } => true,
            Of::Main => self.census.forget(context),
        }
    }

    fn parts(&mut self) -> Parts<'_> {
        self.growing.parts()
    }

    fn view(&self) -> View<'_> {
        self.growing.view()
    }

    fn grow(&mut self, full: Full) -> bool {
        self.growing.grow(full)
    }

    fn grow_cells(&mut self, name: u64) -> bool {
        let Of::Shard { origin, shares } = &mut self.of else { return self.growing.grow(Full::Cells) };
        let common = shares.common();
        if self.growing.cells() < common {
            return self.growing.extend_cells(common);
        }
        self.growing.has_cells_left() && shares.take(name, *origin) && self.growing.step_cells(STEP)
    }
}
