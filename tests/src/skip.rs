//! A test that cannot run here says why, and fails where it must not be skipped.

/// Says why a test is skipped.
///
/// # Panics
///
/// `BASENJI_NO_SKIP` is set: whoever set it has installed everything.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("BASENJI_NO_SKIP").is_none(), "this test must not be skipped: {reason}");
    eprintln!("skipped: {reason}");
}
