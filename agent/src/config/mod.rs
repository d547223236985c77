//! Configuration: defaults, then the Agent's file, then its variables, then flags; what comes later wins.
//!
//! [`settings`] is the one table of keys. A value knows where it comes from, and an invalid value stops the start
//! with one sentence that says where it stands. A key that is known and not supported is named in a warning; whatever
//! else an Agent's file holds is left alone.

mod document;
mod environment;
mod file;
mod footprint;
pub(crate) mod key;
pub(crate) mod node;
pub(crate) mod origin;
#[cfg(test)]
mod readme;
mod server;
mod settings;
mod show;
mod unsupported;
pub(crate) mod value;
#[cfg(test)]
mod wiring;
mod wrong;

use std::path::PathBuf;

use crate::failure::Failure;
pub(crate) use environment::Environment;
pub(crate) use file::AGENTS_FILE;
use file::File;
pub(crate) use key::{Key, settings};
pub(crate) use node::{Bad, Entry, Node, Shape};
use origin::Origin;
pub(crate) use server::{builder, change, everywhere, failure};
pub(crate) use settings::{KEYS, Settings};
pub(crate) use show::print;
pub(crate) use value::{Format, Http, Item, Keep, List, LogLevel, Ranged, Seconds, quoted, words};
use value::{Reading, Source};
use wrong::wrong;

/// What the command line says.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    /// The configuration file.
    pub(crate) config: Option<PathBuf>,
    /// Keys, by their place in [`KEYS`], and values.
    pub(crate) values: Vec<(usize, String)>,
}

/// Settings, and the warnings about them, which are logged once there is a log.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) warnings: Vec<String>,
}

/// Reads everything.
///
/// # Errors
///
/// The file cannot be read, or a value is invalid.
pub(crate) fn load(flags: &Flags, environment: &Environment) -> Result<Loaded, Failure> {
    let mut settings = Settings::default();
    let mut warnings = Vec::new();
    if let Some(file) = File::find(flags.config.as_deref())? {
        file.take(&mut settings, &mut warnings)?;
    }
    environment.take(&mut settings, &mut warnings)?;
    for (key, text) in flags.values.iter().filter_map(|(index, text)| Some((KEYS.get(*index)?, text))) {
        let flag = key.flag.unwrap_or_default();
        let mut reading = Reading::new(Source::Flag);
        (key.take_text)(&mut settings, text, &mut reading, Origin::Flag(flag))
            .map_err(|problem| wrong(key, text, flag, &problem))?;
        warnings.extend(reading.said.into_iter().map(|what| format!("{flag}: {what}")));
    }
    Ok(Loaded { settings, warnings })
}
