//! The Agent's sketch.
