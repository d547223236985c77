//! Where a value comes from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The place that decided a value; a later one wins over an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nothing was said.
    Default,
    /// A line of the configuration file.
    File {
        /// The file.
        path: Arc<Path>,
        /// From 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag, with its dashes.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Variable(name) => f.write_str(name),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    /// What is in force.
    pub(crate) value: T,
    /// Who has said so.
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    /// A default value.
    pub(crate) fn by_default(value: T) -> Self {
        Setting { value, origin: Origin::Default }
    }

    /// Whether the value was set: by the file, a variable or a flag.
    pub(crate) fn is_given(&self) -> bool {
        self.origin != Origin::Default
    }

    /// The value, if it was set.
    pub(crate) fn given(&self) -> Option<&T> {
        self.is_given().then_some(&self.value)
    }
}

impl<T> std::ops::Deref for Setting<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
