//! SIGHUP: the configuration is read again, and what can change without a restart does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basenji::server::Server;
use tracing::{error, info, warn};

use crate::config::{self, Flags, KEYS, Key, Loaded, Settings};
use crate::log::Log;

/// The settings in force, and what goes by them.
pub(crate) struct Live<'a> {
    pub(crate) settings: Settings,
    /// What the command line has said, and goes on to say.
    pub(crate) flags: &'a Flags,
    pub(crate) log: Log,
    /// Whether bad lines are logged as something for developers.
    pub(crate) is_quiet: Arc<AtomicBool>,
}

impl Live<'_> {
    /// Reads everything again. What cannot be is said, and then nothing changes.
    pub(crate) fn reload(&mut self, server: &Server) {
        let loaded = match config::load(self.flags, |name| std::env::var_os(name)) {
            Ok(loaded) => loaded,
            Err(failure) => {
                error!("the configuration stays as it was: {failure}");
                return;
            }
        };
        let Loaded { settings, warnings } = loaded;
        warnings.iter().for_each(|warning| warn!("{warning}"));
        let has_changed = |key: &&Key| (key.text)(&settings) != (key.text)(&self.settings);
        let (changed, fixed): (Vec<_>, Vec<_>) = KEYS.iter().filter(has_changed).partition(|key| key.is_reloaded);
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
        let names: Vec<_> = changed.iter().map(|key| key.name).collect();
        match &names[..] {
            [] => info!("configuration read again, nothing has changed"),
            names => info!("configuration read again, changed: {}", names.join(", ")),
        }
    }
}
