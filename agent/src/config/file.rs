//! The configuration file: which one it is, and what of it is for us.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::document::{Document, Repeated};
use super::key::Key;
use super::node::{Bad, Entry, Node, Shape};
use super::origin::Origin;
use super::settings::{KEYS, Settings};
use super::unsupported::UNSUPPORTED;
use super::value::{Reading, Source};
use crate::failure::{Failure, reason};
use basenji::settings::hint;

/// The Agent's file, which is read if it is there.
pub(crate) const AGENTS_FILE: &str = "/etc/datadog-agent/datadog.yaml";

/// Beginnings of keys that are about DogStatsD: an unknown key that begins so is misspelled.
const OURS: [&str; 5] = ["dogstatsd_", "statsd_", "histogram_", "metric_filterlist", "basenji_"];

/// A file that was read.
pub(crate) struct File {
    path: Arc<Path>,
    root: Node,
    repeated: Vec<Repeated>,
}

impl File {
    /// Reads the file at `path`, or without one the Agent's, if it is there.
    ///
    /// # Errors
    ///
    /// It cannot be read, or it is not YAML.
    pub(crate) fn find(path: Option<&Path>) -> Result<Option<File>, Failure> {
        let text = match (path, fs::read_to_string(path.unwrap_or(AGENTS_FILE.as_ref()))) {
            (_, Ok(text)) => text,
            (None, Err(error)) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            (Some(path), Err(error)) => {
                return Err(Failure::new(format!("cannot read {}: {}", path.display(), reason(&error))));
            }
            (None, Err(error)) => {
                let why = reason(&error);
                return Err(Failure::new(format!(
                    "cannot read {AGENTS_FILE}: {why}; --config /dev/null starts without it"
                )));
            }
        };
        File::parse(path.unwrap_or(AGENTS_FILE.as_ref()), &text).map(Some)
    }

    fn parse(path: &Path, text: &str) -> Result<File, Failure> {
        let Document { root, repeated } = Document::parse(text).map_err(|bad| failure(path, None, &bad))?;
        root.entries().map_err(|bad| failure(path, None, &bad))?;
        Ok(File { path: path.into(), root, repeated })
    }

    /// Takes every key into `settings`; what is to be said goes to `warnings`.
    ///
    /// # Errors
    ///
    /// A value that its key cannot have.
    pub(crate) fn take(&self, settings: &mut Settings, warnings: &mut Vec<String>) -> Result<(), Failure> {
        let wrong = |key: &Key, bad| failure(&self.path, Some(key.name), &bad);
        for key in KEYS {
            let found = key.names().find_map(|name| self.entry(name).transpose()).transpose();
            let Some(entry) = found.map_err(|bad| wrong(key, bad))? else { continue };
            let mut reading = Reading::new(Source::File);
            let origin = Origin::File { path: Arc::clone(&self.path), line: entry.line };
            (key.take_node)(settings, &entry.value, &mut reading, origin).map_err(|bad| wrong(key, bad))?;
            let said = |what| format!("{}:{}: {}: {what}", self.path.display(), entry.line, key.name);
            warnings.extend(reading.said.into_iter().map(said));
        }
        self.warn_of_repeated(warnings);
        self.warn_of_unsupported(warnings);
        self.warn_of_unknown(warnings);
        Ok(())
    }

    /// The entry of a key, if it has a value. Names are compared without regard to case, as the Agent does it.
    fn entry(&self, name: &str) -> Result<Option<&Entry>, Bad> {
        let mut place: Option<&Entry> = None;
        let mut node = &self.root;
        for part in name.split('.') {
            let found = node.entries()?.iter().rfind(|entry| entry.key.eq_ignore_ascii_case(part));
            let Some(entry) = found.filter(|entry| entry.value.shape != Shape::Null) else { return Ok(None) };
            node = &entry.value;
            place = Some(entry);
        }
        Ok(place)
    }

    /// Of a key that stands twice the last line counts, as in the Agent.
    fn warn_of_repeated(&self, warnings: &mut Vec<String>) {
        let path = self.path.display();
        let mut say = |key: &str, line: usize, earlier: usize| {
            warnings.push(format!("{path}:{line}: {key} stands in line {earlier} too; line {line} counts"));
        };
        self.repeated.iter().for_each(|one| say(&one.key, one.line, one.earlier));
        // Keys are the same in any case of their letters.
        let entries = self.root.entries().unwrap_or_default();
        for (place, entry) in entries.iter().enumerate() {
            let earlier = entries[..place].iter().rfind(|earlier| earlier.key.eq_ignore_ascii_case(&entry.key));
            if let Some(earlier) = earlier {
                say(&entry.key, entry.line, earlier.line);
            }
        }
    }

    fn warn_of_unsupported(&self, warnings: &mut Vec<String>) {
        for key in UNSUPPORTED {
            let Ok(Some(entry)) = self.entry(key.name) else { continue };
            // No text is how the Agent's own file turns a feature off.
            let is_done_anyway =
                matches!(&entry.value.shape, Shape::Text(text) if text.is_empty() || Some(text.as_str()) == key.always);
            if !is_done_anyway {
                let (path, line) = (self.path.display(), entry.line);
                warnings.push(format!("{path}:{line}: {} is not supported: {}", key.name, key.why));
            }
        }
    }

    fn warn_of_unknown(&self, warnings: &mut Vec<String>) {
        let known = || KEYS.iter().flat_map(Key::names).chain(UNSUPPORTED.iter().map(|key| key.name));
        let entries = self.root.entries().unwrap_or_default();
        let is_known = |entry: &&Entry| known().any(|name| first(name).eq_ignore_ascii_case(&entry.key));
        for entry in entries.iter().filter(|entry| !is_known(entry)) {
            let hint = hint(&entry.key, KEYS.iter().flat_map(Key::names));
            // A key of another part of the Agent is near to none of ours.
            if is_ours(&entry.key) || (!hint.is_empty() && entry.key.len() >= SHORTEST) {
                let (path, line) = (self.path.display(), entry.line);
                warnings.push(format!("{path}:{line}: {} is not known{hint}", entry.key));
            }
        }
    }
}

/// The fewest letters of a key that is taken for a misspelled one of ours though it does not begin like one.
const SHORTEST: usize = 12;

/// Whether a key is about DogStatsD by its beginning.
pub(super) fn is_ours(key: &str) -> bool {
    OURS.iter().any(|start| key.to_ascii_lowercase().starts_with(start))
}

/// The part of a name that stands at the left edge of a file.
fn first(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The sentence for a file with an invalid value.
fn failure(path: &Path, key: Option<&str>, bad: &Bad) -> Failure {
    let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
    Failure::usage(format!("{}:{}: {key}{}", path.display(), bad.line, bad.problem))
}
