//! Every option of clients, servers and aggregators, said once: name, type, range, unit, default, environment, and what it does.
//!
//! Builders and configurations take their defaults and ranges from these tables, the bindings ask them what an option may be, and the option tables
//! of all READMEs, the types of Node, the signatures of Python and the structs of C are compared with them. The names are those of Rust, C and Python; Node writes
//! them in camel case, and C says the unit of a time in the name, as in `flush_interval_ms`.
//!
//! ```
//! use basenji::settings::{self, SERVER, Value};
//!
//! let workers = settings::find(SERVER, "workers")?;
//! assert_eq!((workers.range, workers.default.to_string().as_str()), ((1, 1024), "1"));
//!
//! let mut config = basenji::server::Config::default();
//! config.set("receive_buffer", Value::Whole(1024))?;
//! assert_eq!(config.receive_buffer, 1024);
//! let error = config.set("bucket_secs", Value::Whole(0)).unwrap_err();
//! assert_eq!(error.to_string(), "bucket_secs must be from 1 to 86400, not 0");
//! # Ok::<(), settings::SettingError>(())
//! ```

pub(crate) mod aggregation;
pub(crate) mod client;
mod error;
mod nearest;
pub(crate) mod server;
mod value;

use std::fmt;
use std::time::Duration;

pub use aggregation::AGGREGATION;
pub use client::{CLIENT, TRANSPORT};
pub use error::SettingError;
pub use nearest::{hint, nearest};
pub use server::{LISTENING, ORIGIN, SERIES, SERVER};
pub use value::{Kind, Usual, Value};

use value::Shown;

/// One option.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Setting {
    /// What it is called.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// The unit of a number, as in `bytes`; empty for none. Times are told in milliseconds here, and in the language's own unit to its users.
    pub unit: &'static str,
    /// The least and the greatest number.
    pub range: (u64, u64),
    /// What it is if nobody says anything.
    pub default: Usual,
    /// The variables of the environment that say it where the caller does not, the strongest first.
    pub environment: &'static [&'static str],
    /// What it does, in one line without a full stop.
    pub help: &'static str,
}

/// The option of this name.
///
/// # Errors
///
/// There is none; the error has the nearest name.
pub fn find<'a>(table: impl IntoIterator<Item = &'a Setting>, name: &str) -> Result<&'a Setting, SettingError> {
    let table: Vec<_> = table.into_iter().collect();
    let found = table.iter().find(|setting| setting.name == name);
    found.copied().ok_or_else(|| SettingError::unknown(name, table.iter().map(|setting| setting.name)))
}

impl Setting {
    /// Checks a value that a caller gave.
    ///
    /// # Errors
    ///
    /// It is of another kind, or outside the range.
    pub fn check(&self, value: &Value) -> Result<(), SettingError> {
        let within = |number: u64| (self.range.0..=self.range.1).contains(&number);
        let is_good = match (self.kind, value) {
            (Kind::Switch, Value::Switch(_)) | (Kind::Text, Value::Text(_)) | (Kind::List, Value::List(_)) => true,
            (Kind::Whole, Value::Whole(number)) => within(*number),
            (Kind::Share, Value::Number(share)) => *share > 0.0 && *share <= 1.0,
            (Kind::Time, Value::Time(time)) => u64::try_from(time.as_millis()).is_ok_and(within),
            (Kind::Choice(words), Value::Text(word)) => words.contains(&word.as_str()),
            _ => false,
        };
        if is_good { Ok(()) } else { Err(self.refuse(value)) }
    }

    /// The error of a value that cannot even be a [`Value`], as it is shown.
    pub fn refuse(&self, shown: impl fmt::Display) -> SettingError {
        let (least, most) = self.range;
        let wanted = match self.kind {
            Kind::Switch => "true or false".to_owned(),
            Kind::Whole if self.unit == "mode" => format!("from {least} to {most:#o}"),
            Kind::Whole => format!("from {least} to {most}"),
            Kind::Share => "above 0 and up to 1".to_owned(),
            Kind::Time => {
                format!("from {} to {}", Shown(Duration::from_millis(least)), Shown(Duration::from_millis(most)))
            }
            Kind::Text => "text".to_owned(),
            Kind::List => "a list of texts".to_owned(),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
        };
        SettingError::wrong(self.name, format!("must be {wanted}, not {shown}"))
    }

    /// The default of a whole number.
    pub(crate) const fn size(&self) -> usize {
        match self.default {
            Usual::Whole(number) => number as usize,
            _ => panic!("the default is no whole number"),
        }
    }

    /// The default of a whole number of 32 bits.
    pub(crate) const fn small(&self) -> u32 {
        self.size() as u32
    }

    /// The default of a switch.
    pub(crate) const fn is_on(&self) -> bool {
        match self.default {
            Usual::Switch(on) => on,
            _ => panic!("the default is no switch"),
        }
    }

    /// The default of a time.
    pub(crate) const fn time(&self) -> Duration {
        match self.default {
            Usual::Millis(millis) => Duration::from_millis(millis),
            _ => panic!("the default is no time"),
        }
    }

    /// The default of a text.
    pub(crate) const fn text(&self) -> &'static str {
        match self.default {
            Usual::Text(text) => text,
            _ => panic!("the default is no text"),
        }
    }
}

/// Declares options and the table of them.
///
/// A row is a line of help, its constant, its kind with the range where there is one, the unit, the default, and the variables of the environment.
/// The name is the constant's in small letters.
macro_rules! settings {
    ($(#[doc = $table_help:literal])* $table:ident: $(
        #[doc = $help:literal]
        $constant:ident $name:literal, $kind:expr $(, ($least:literal ..= $most:expr))? $(, $unit:literal)?; $default:expr $(; [$($variable:literal),+])?
    )+) => {
        $(
            #[doc = $help]
            pub(crate) const $constant: crate::settings::Setting = crate::settings::Setting {
                name: $name,
                kind: $kind,
                unit: concat!($($unit)?),
                #[allow(unused_mut, unused_assignments)]
                range: {
                    let mut range = (0, u64::MAX);
                    $(range = ($least, $most as u64);)?
                    range
                },
                default: $default,
                environment: &[$($($variable),+)?],
                help: $help.trim_ascii(),
            };
        )+
        $(#[doc = $table_help])*
        pub const $table: &[crate::settings::Setting] = &[$($constant),+];
    };
}

use settings;
