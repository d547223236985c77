//! SIGHUP: the configuration is read again, and what can change without a restart does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basenji::server::Server;
use tracing::{error, info, warn};

use crate::config::{self, Environment, Flags, KEYS, Key, Loaded, Settings};
use crate::log::Log;
use crate::names::Looks;

/// The settings in force, and the parts of the daemon that use them.
pub(crate) struct Live<'a> {
    pub(crate) settings: Settings,
    /// The flags of the command line, which stay in force.
    pub(crate) flags: &'a Flags,
    pub(crate) log: Log,
    /// Whether bad lines are logged as something for developers.
    pub(crate) is_quiet: Arc<AtomicBool>,
    /// How sinks show names.
    pub(crate) looks: Vec<Looks>,
}

impl Live<'_> {
    /// Reads the configuration again. If a value is invalid, it logs that and changes nothing.
    pub(crate) fn reload(&mut self, server: &Server) {
        let loaded = match config::load(self.flags, &Environment::of_the_process()) {
            Ok(loaded) => loaded,
            Err(failure) => {
                error!("the configuration stays as it was: {failure}");
                return;
            }
        };
        let Loaded { settings, warnings } = loaded;
        warnings.iter().for_each(|warning| warn!("{warning}"));
        let has_changed = |key: &&Key| !(key.is_same)(&settings, &self.settings);
        let (changed, fixed): (Vec<&Key>, Vec<&Key>) = KEYS.iter().filter(has_changed).partition(|key| key.is_reloaded);
        for key in fixed {
            let (now, asked) = ((key.yaml)(&self.settings), (key.yaml)(&settings));
            let origin = (key.origin)(&settings);
            warn!("{} stays {now} until the daemon is started again; {asked} ({origin}) is for then", key.name);
        }
        for key in KEYS.iter().filter(|key| key.is_reloaded) {
            (key.adopt)(&mut self.settings, &settings);
        }
        self.log.set_level(*self.settings.log_level);
        self.is_quiet.store(*self.settings.disable_verbose_logs, Ordering::Relaxed);
        if !changed.is_empty()
            && let Err(error) = server.change(config::change(&self.settings))
        {
            error!("names and tags stay as they were: {error}");
        }
        for looks in &self.looks {
            if let Err(problem) = looks.replace(&self.settings.mapper_profiles.0, &self.settings.namespace) {
                error!("dogstatsd_mapper_profiles: {problem}");
            }
        }
        let names: Vec<_> = changed.iter().map(|key| key.name).collect();
        match &names[..] {
            [] => info!("configuration read again, nothing has changed"),
            names => info!("configuration read again, changed: {}", names.join(", ")),
        }
    }
}
