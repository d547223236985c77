//! Milliseconds since the start, counted by the processor's own timer.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

/// Cycles of the board's 25 MHz in a millisecond.
const CYCLES: u32 = 25_000;

static MILLIS: AtomicU32 = AtomicU32::new(0);

/// Starts the clock at 0.
pub fn start(timer: &mut SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(CYCLES - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Milliseconds since [`start`]; it wraps after 49 days.
pub fn millis() -> u32 {
    MILLIS.load(Ordering::Relaxed)
}

#[exception]
fn SysTick() {
    MILLIS.store(millis().wrapping_add(1), Ordering::Relaxed);
}
