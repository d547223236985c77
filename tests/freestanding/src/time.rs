//! Everything of `basenji_core::Time`.

use basenji_core::Time;

use crate::Observer;

/// Moves between two moments.
pub(crate) fn observe(millis: u64, secs: u64, observer: &mut Observer) {
    let (one, other) = (Time::from_millis(millis), Time::from_secs(secs));
    for time in [one, other, one.plus_millis(secs)] {
        observer.number(time.as_millis());
        observer.number(time.as_secs());
        observer.number(time.millis_since(one));
    }
}
