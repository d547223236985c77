//! What concerns the threads of a client: a place for each, what each is inside of, and one that works each interval.

mod inside;
mod lane;
mod leases;
mod ticker;

use std::sync::atomic;

pub(crate) use inside::{Busy, CENTRAL, CROWD, Inside, MEMORY, QUEUE, leave, try_enter};
pub(crate) use lane::{LANES, Lanes, Mine, Spread, lane};
pub(crate) use ticker::Ticker;
