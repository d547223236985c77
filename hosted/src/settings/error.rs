//! An option that there is not, or whose value is invalid.

use std::error::Error;
use std::fmt;

use super::nearest::hint;

/// Why an option cannot be set; it names the option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The option.
    pub name: String,
    /// Whether there is no such option.
    pub is_unknown: bool,
    message: String,
}

impl SettingError {
    /// There is no such option.
    pub(super) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> SettingError {
        let hint = hint(name, known);
        SettingError {
            name: name.to_owned(),
            is_unknown: true,
            message: format!("there is no option '{}'{hint}", name.escape_debug()),
        }
    }

    /// What is wrong with an option, as the rest of a sentence that begins with its name.
    pub(crate) fn wrong(name: &str, what: impl fmt::Display) -> SettingError {
        SettingError { name: name.to_owned(), is_unknown: false, message: format!("{name} {what}") }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for SettingError {}
