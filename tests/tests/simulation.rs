//! Worlds from a few seeds, and those that have broken a promise once; `cargo xtask simulate` runs thousands.

use basenji_tests::simulate;
use basenji_tests::simulate::story::Story;

#[test]
fn no_world_breaks_a_promise() {
    for seed in 0..60 {
        if let Some((promise, story)) = simulate::failure(seed) {
            panic!("seed {seed}: {promise}\n{story:#?}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_story_every_time() {
    assert_eq!(Story::of(7), Story::of(7));
    assert_ne!(Story::of(7), Story::of(8));
}
