//! Configuration: defaults, then the Agent's file, then its variables, then flags; what comes later wins.
//!
//! [`settings`] is the one table of keys. A value knows where it comes from, and a value that cannot be stops the start
//! with one sentence that says where it stands. A key that is known and not supported is named in a warning; whatever
//! else an Agent's file holds is left alone.

mod file;
mod forward;
mod key;
mod node;
mod origin;
#[cfg(test)]
mod readme;
mod server;
mod settings;
mod show;
mod unsupported;
mod value;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::failure::Failure;
pub(crate) use file::AGENTS_FILE;
use file::File;
pub(crate) use key::Key;
pub(crate) use node::{Bad, Entry, Node, Shape};
use origin::Origin;
pub(crate) use server::{builder, change, everywhere, failure};
pub(crate) use settings::{KEYS, Settings};
pub(crate) use show::print;
use unsupported::UNSUPPORTED;
pub(crate) use value::{Format, Http, LogLevel};
use value::{Reading, Source};

/// What the command line says.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    /// The configuration file.
    pub(crate) config: Option<PathBuf>,
    /// Keys, by their place in [`KEYS`], and values.
    pub(crate) values: Vec<(usize, String)>,
}

/// Settings, and what is to be said about them once there is a log.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) warnings: Vec<String>,
}

/// Reads everything.
///
/// # Errors
///
/// The file cannot be read, or a value cannot be.
pub(crate) fn load(flags: &Flags, variables: impl Fn(&str) -> Option<OsString>) -> Result<Loaded, Failure> {
    let mut settings = Settings::default();
    let mut warnings = Vec::new();
    if let Some(file) = File::find(flags.config.as_deref())? {
        file.take(&mut settings, &mut warnings)?;
    }
    take_variables(&mut settings, &mut warnings, variables)?;
    for (key, text) in flags.values.iter().filter_map(|(index, text)| Some((KEYS.get(*index)?, text))) {
        let flag = key.flag.unwrap_or_default();
        (key.take_text)(&mut settings, text, &mut Reading::new(Source::Flag), Origin::Flag(flag))
            .map_err(|problem| wrong(text, flag, &problem))?;
    }
    Ok(Loaded { settings, warnings })
}

/// Takes every variable that is set; an empty one counts as absent, as in the Agent.
fn take_variables(
    settings: &mut Settings,
    warnings: &mut Vec<String>,
    variables: impl Fn(&str) -> Option<OsString>,
) -> Result<(), Failure> {
    let variables = |name: &str| match variables(name).filter(|value| !value.is_empty()).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(text)) => Err(wrong(&text.to_string_lossy(), name, "it is not UTF-8")),
    };
    for key in KEYS {
        let found = key.names().map(key::variable).find_map(|name| {
            let text = variables(&name).transpose()?;
            Some(text.map(|text| (name, text)))
        });
        let Some((name, text)) = found.transpose()? else { continue };
        let mut reading = Reading::new(Source::Variable);
        (key.take_text)(settings, &text, &mut reading, Origin::Variable(name.clone()))
            .map_err(|problem| wrong(&text, &name, &problem))?;
        warnings.extend(reading.passed_over.into_iter().map(|what| format!("{name}: {what}; it is passed over")));
    }
    for key in UNSUPPORTED {
        let name = key::variable(key.name);
        if let Some(text) = variables(&name)?
            && Some(text.as_str()) != key.always
        {
            warnings.push(format!("{name} is not supported: {}", key.why));
        }
    }
    Ok(())
}

/// The sentence for a variable or flag with a value that cannot be.
fn wrong(text: &str, name: &str, problem: &str) -> Failure {
    Failure::usage(format!("invalid value '{text}' for {name}: {problem}"))
}
