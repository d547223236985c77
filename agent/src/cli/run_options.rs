//! The options of `basenji run` and `basenji config`: a flag for each key of the table that has one, and a few that are
//! no configuration.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::{AGENTS_FILE, Flags, KEYS, Key, Settings};

/// What the command line says to the daemon.
#[derive(Debug, Default)]
pub(crate) struct RunOptions {
    /// The configuration file, and the keys that are set.
    pub(crate) flags: Flags,
    /// Whether to leave after a flush.
    pub(crate) once: bool,
}

impl RunOptions {
    /// What clap has found.
    pub(super) fn new(matches: &ArgMatches) -> RunOptions {
        let values = KEYS.iter().enumerate().filter_map(|(index, key)| {
            let value = matches.get_one::<String>(id(key)?)?;
            Some((index, value.clone()))
        });
        let flags = Flags { config: matches.get_one::<PathBuf>("config").cloned(), values: values.collect() };
        RunOptions { flags, once: matches.try_get_one("once").ok().flatten().copied().unwrap_or(false) }
    }
}

/// The flags of configuration.
pub(super) fn configuration(command: Command) -> Command {
    let defaults = Settings::default();
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help_heading("Configuration")
        .help(format!("Configuration file [default: {AGENTS_FILE}]"));
    let flags = KEYS.iter().filter_map(|key| argument(key, &defaults));
    command.args_override_self(true).arg(config).args(flags)
}

/// The flags of the daemon alone.
pub(super) fn daemon(command: Command) -> Command {
    let once = Arg::new("once").long("once").action(ArgAction::SetTrue).help_heading("Output");
    command.arg(once.help("Leave after a flush: the first with messages, or after a silent bucket"))
}

/// The flag of a key, if it has one.
fn argument(key: &'static Key, defaults: &Settings) -> Option<Arg> {
    let id = id(key)?;
    let default = (key.text)(defaults);
    let default = match default.as_str() {
        "" | "false" => String::new(),
        text => format!(" [default: {text}]"),
    };
    let argument = Arg::new(id)
        .long(id)
        .value_name(key.value_name)
        .help_heading(key.heading)
        .help(format!("{}{default} [env: {}]", key.help, key.variable()))
        .value_parser(|text: &str| (key.check)(text).map(|()| text.to_owned()));
    Some(match key.is_switch {
        true => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        false => argument,
    })
}

/// The name of a key's flag without dashes.
fn id(key: &Key) -> Option<&'static str> {
    key.flag.map(|flag| flag.trim_start_matches('-'))
}
