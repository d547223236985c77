//! The sentence for a wrong value.

use super::key::Key;
use crate::failure::Failure;

/// The sentence for a variable or flag with an invalid value.
pub(super) fn wrong(key: &Key, text: &str, name: &str, problem: &str) -> Failure {
    match key.is_secret {
        true => Failure::usage(format!("invalid value for {name}: {problem}")),
        false => Failure::usage(format!("invalid value '{text}' for {name}: {problem}")),
    }
}
