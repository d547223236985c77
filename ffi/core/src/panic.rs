//! What a panic of the freestanding library would do: it would not link.
//!
//! The compiler proves that nothing here panics and drops this function, with its call of one that exists nowhere.

unsafe extern "C" {
    safe fn basenji_core_does_not_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    basenji_core_does_not_panic()
}
