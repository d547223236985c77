//! What can be changed while a server runs.

use std::sync::Arc;

use super::rules::Rules;

/// What can be changed while a server runs.
#[derive(Clone, Default)]
pub struct Change {
    /// As [`Config::tags`](super::Config::tags).
    pub tags: Vec<String>,
    /// As [`Builder::rules`](super::Builder::rules).
    pub rules: Option<Arc<dyn Rules>>,
}
