//! The buckets that are open.

/// The most buckets that can be open at a time; fewer on small machines, which have little memory.
pub(super) const OPEN_BUCKETS: usize = if cfg!(target_pointer_width = "64") { 32 } else { 8 };

/// The numbers of buckets, in order.
pub(super) type Buckets = heapless::Vec<u64, OPEN_BUCKETS>;
