//! A world from one seed: clients, a network that drops, cuts and doubles, a server with several workers, slow and dying
//! sinks, clocks that jump, reloads, crashes and stops, on [`basenji::server::Engine`], which is the inside of the real one.
//!
//! - [`story`] makes a story out of a seed: the world's settings and what happens in it, step by step.
//! - [`world`] lets it happen, and checks the promises of the server at each step.
//! - [`expected`] is what the shown values have to add up to.
//! - [`shrink`] makes a story that breaks a promise as short as it gets.
//!
//! The same seed gives the same story and the same outcome on every machine.

mod engine;
pub mod expected;
mod lines;
pub mod random;
mod rules;
pub mod shrink;
pub mod story;
pub mod world;

use std::panic::{self, AssertUnwindSafe};

use story::Story;

/// Runs a story; the promise that it breaks, if it does.
pub fn broken(story: &Story) -> Option<String> {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| world::run(story)));
    match outcome {
        Ok(Ok(())) => None,
        Ok(Err(promise)) => Some(promise),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Some(format!("it panics: {}", text.unwrap_or_default()))
        }
    }
}

/// The story of a seed that breaks a promise, as short as it gets, with what it breaks.
pub fn failure(seed: u64) -> Option<(String, Story)> {
    let story = Story::of(seed);
    broken(&story)?;
    let story = shrink::shortest(story, |story| broken(story).is_some());
    Some((broken(&story).unwrap_or_default(), story))
}
