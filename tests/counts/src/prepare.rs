//! An operation that is counted.

/// What is done before, and returns what is counted.
pub(crate) type Prepare = fn() -> Box<dyn FnMut()>;
