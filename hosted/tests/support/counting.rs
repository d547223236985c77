//! The system's allocator, which counts what it is asked for by all threads of a test program.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static PEAK: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often the allocator was asked until now.
#[allow(dead_code, reason = "not every test program asks")]
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::Relaxed)
}

/// The bytes that were asked for and not given back until now.
#[allow(dead_code, reason = "not every test program asks")]
pub(crate) fn bytes() -> u64 {
    BYTES.load(Ordering::Relaxed)
}

/// The most bytes beyond those of its start that were in use while `work` ran.
#[allow(dead_code, reason = "not every test program asks")]
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = bytes();
    PEAK.store(before, Ordering::Relaxed);
    let result = work();
    (result, PEAK.load(Ordering::Relaxed).saturating_sub(before))
}

struct Counting;

impl Counting {
    /// Counts a call that asks for `size` bytes, in place of `old` that are given back.
    fn count(&self, size: usize, old: usize) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        let more = (size as u64).wrapping_sub(old as u64);
        PEAK.fetch_max(BYTES.fetch_add(more, Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
    }
}

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.count(size, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.realloc(block, layout, size) }
    }
}
