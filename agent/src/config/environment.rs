//! The variables of the environment: which are keys, and which are only nearly.

use std::ffi::OsString;

use super::file;
use super::key::{self, Key};
use super::origin::Origin;
use super::settings::{KEYS, Settings};
use super::unsupported::UNSUPPORTED;
use super::value::{Reading, Source};
use super::wrong::wrong;
use crate::failure::Failure;
use basenji::settings::hint;

/// Variables of clients, which a process may have for itself beside those of the daemon.
const OF_CLIENTS: [&str; 5] =
    ["DD_DOGSTATSD_DISABLE", "DD_DOGSTATSD_HOST", "DD_DOGSTATSD_URL", "DD_DOGSTATSD_PATH", "DD_DOGSTATSD_ARGS"];

/// Variables and their values.
pub(crate) struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// That of this process.
    pub(crate) fn of_the_process() -> Environment {
        Environment(std::env::vars_os().collect())
    }

    /// These variables and no others.
    #[cfg(test)]
    pub(crate) fn of(variables: &std::collections::BTreeMap<String, String>) -> Environment {
        Environment(variables.iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The settings of these variables alone, and what is to be said.
    #[cfg(test)]
    pub(crate) fn settings(&self) -> Result<(Settings, Vec<String>), Failure> {
        let (mut settings, mut warnings) = (Settings::default(), Vec::new());
        self.take(&mut settings, &mut warnings)?;
        Ok((settings, warnings))
    }

    /// The text of a variable; an empty one counts as absent, as in the Agent.
    ///
    /// # Errors
    ///
    /// It is not UTF-8.
    fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        let found = self.0.iter().find(|(own, value)| own == name && !value.is_empty());
        let Some((_, value)) = found else { return Ok(None) };
        value.to_str().map(Some).ok_or_else(|| Failure::usage(format!("invalid value for {name}: it is not UTF-8")))
    }

    /// Takes every variable that is a key into `settings`; what is to be said goes to `warnings`.
    ///
    /// # Errors
    ///
    /// A value that its key cannot have.
    pub(super) fn take(&self, settings: &mut Settings, warnings: &mut Vec<String>) -> Result<(), Failure> {
        for key in KEYS {
            let found = key.names().map(key::variable).find_map(|name| {
                let text = self.text(&name).transpose()?;
                Some(text.map(|text| (name, text)))
            });
            let Some((name, text)) = found.transpose()? else { continue };
            let mut reading = Reading::new(Source::Variable);
            (key.take_text)(settings, text, &mut reading, Origin::Variable(name.clone()))
                .map_err(|problem| wrong(key, text, &name, &problem))?;
            warnings.extend(reading.said.into_iter().map(|what| format!("{name}: {what}")));
        }
        for key in UNSUPPORTED {
            let name = key::variable(key.name);
            if let Some(text) = self.text(&name)?
                && Some(text) != key.always
            {
                warnings.push(format!("{name} is not supported: {}", key.why));
            }
        }
        self.warn_of_unknown(warnings);
        Ok(())
    }

    fn warn_of_unknown(&self, warnings: &mut Vec<String>) {
        let known: Vec<String> = KEYS.iter().flat_map(Key::names).map(key::variable).collect();
        let unsupported: Vec<String> = UNSUPPORTED.iter().map(|key| key::variable(key.name)).collect();
        let names = self.0.iter().filter(|(_, value)| !value.is_empty()).filter_map(|(name, _)| name.to_str());
        let is_known = |name: &str| {
            let mut all = known.iter().chain(&unsupported).map(String::as_str).chain(OF_CLIENTS);
            all.any(|known| known == name)
        };
        let mut unknown: Vec<&str> =
            names.filter(|name| file::is_ours(name.trim_start_matches("DD_")) && name.starts_with("DD_")).collect();
        unknown.retain(|name| !is_known(name));
        unknown.sort_unstable();
        for name in unknown {
            warnings.push(format!("{name} is not known{}", hint(name, known.iter().map(String::as_str))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let mut warnings = Vec::new();
        Environment(variables).take(&mut Settings::default(), &mut warnings).expect("good values");
        warnings
    }

    #[test]
    fn a_variable_that_is_no_key_is_named_with_the_nearest_one() {
        let of_others =
            [("DD_API_KEY", "x"), ("DD_DOGSTATSD_URL", "udp://a"), ("PATH", "/"), ("DD_DOGSTATSD_TGAS", "")];
        assert_eq!(warnings(&of_others), [""; 0]);
        assert_eq!(
            warnings(&[("DD_DOGSTATSD_PROT", "1"), ("DD_BASENJI_X", "1"), ("DD_STATSD_METRIC_NAMESPACE", "a")]),
            ["DD_BASENJI_X is not known", "DD_DOGSTATSD_PROT is not known; did you mean DD_DOGSTATSD_PORT?"]
        );
    }
}
