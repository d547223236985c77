//! What the subjects share: memory for what lives as long as the program, and a panic that cannot be linked.
//!
//! A subject is a static library with two functions: `subject_start` makes what there is to make, `subject_run` does the operation with a
//! number. What it takes is what the linker leaves of it behind these two.

#![no_std]

mod client;

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;

use basenji_core::Time;

/// A value that is made at the start, in memory that the linker counts.
#[derive(Debug)]
pub struct Place<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: a subject has one thread and no interrupts, as the contract of its functions says.
unsafe impl<T> Sync for Place<T> {}

impl<T> Place<T> {
    /// A place for a value.
    pub const fn new() -> Self {
        Place(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// A place with its value in it.
    pub const fn holding(value: T) -> Self {
        Place(UnsafeCell::new(MaybeUninit::new(value)))
    }

    /// Puts the value there.
    ///
    /// # Safety
    ///
    /// Nobody uses what [`Place::get`] has given.
    pub unsafe fn put(&'static self, value: T) -> &'static mut T {
        // SAFETY: as the contract says.
        unsafe { (*self.0.get()).write(value) }
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// It was put there, and nobody else uses it.
    #[expect(clippy::mut_from_ref, reason = "that is what it is for")]
    pub unsafe fn get(&'static self) -> &'static mut T {
        // SAFETY: as the contract says.
        unsafe { (*self.0.get()).assume_init_mut() }
    }
}

impl<T> Default for Place<T> {
    fn default() -> Self {
        Place::new()
    }
}

/// The time of the operation with this number: ten of them in a millisecond.
pub fn time(number: u32) -> Time {
    Time::from_millis(1_000_000_000_000 + u64::from(number / 10))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn basenji_a_panic_path_survives() -> !;
    }
    // SAFETY: never called: what calls it cannot be linked.
    unsafe { basenji_a_panic_path_survives() }
}
