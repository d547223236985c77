//! Sketches of one's own: [`OwnedSketch`], and what counts many values at once for it.

mod borders;
mod owned;
mod tally;

pub use owned::OwnedSketch;
