//! Values of one word: truth, numbers, paths, text.

use std::fmt;
use std::path::PathBuf;

use super::whole::{is_not_0, whole};
use super::{Reading, Value};

impl Value for bool {
    const WHAT: &'static str = "true or false";
    const IS_SWITCH: bool = true;

    fn from_text(text: &str, reading: &mut Reading) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
            _ => is_not_0(text, reading).ok_or_else(|| "expected true or false".to_owned()),
        }
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// Any text; empty for none.
impl Value for String {
    const WHAT: &'static str = "text";

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn text(&self) -> String {
        self.clone()
    }
}

/// A path; empty for none.
impl Value for Option<PathBuf> {
    const WHAT: &'static str = "a path";

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        Ok((!text.is_empty()).then(|| text.into()))
    }

    fn text(&self) -> String {
        self.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
    }
}

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ranged<const LEAST: u64, const MOST: u64>(pub(crate) u64);

impl<const LEAST: u64, const MOST: u64> Ranged<LEAST, MOST> {
    /// The number, which fits for every range that there is.
    pub(crate) fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// The number of seconds and the like.
    pub(crate) fn small(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl<const LEAST: u64, const MOST: u64> Value for Ranged<LEAST, MOST> {
    const WHAT: &'static str = "a whole number";

    fn from_text(text: &str, reading: &mut Reading) -> Result<Self, String> {
        let number = whole(text, reading).ok_or("expected a whole number")?;
        let number = u64::try_from(number).ok().filter(|number| (LEAST..=MOST).contains(number));
        number.map(Ranged).ok_or_else(|| format!("expected a number from {LEAST} to {MOST}"))
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// A number of bytes that a socket may be given.
pub(crate) type Bytes = Ranged<0, 0x7fff_ffff>;

/// A number of seconds.
pub(crate) type Seconds = Ranged<0, 0xffff_ffff>;

/// The mode of a socket's file, in octal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode(pub(crate) u32);

impl Value for Mode {
    const WHAT: &'static str = "an octal number";

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
        mode.map(Mode).ok_or_else(|| "a mode is an octal number from 0 to 777".to_owned())
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:o}", self.0)
    }
}
