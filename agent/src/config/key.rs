//! One key: what it is called in a file, as a variable and as a flag, and how its value gets into the settings.

use super::node::{Bad, Node};
use super::origin::Origin;
use super::settings::{ALIASES, Settings};
use super::value::Reading;

/// One row of the table of [`keys`](super::settings::KEYS).
pub(crate) struct Key {
    /// The name in a file; a dot leads into a mapping.
    pub(crate) name: &'static str,
    /// The flag, with its dashes.
    pub(crate) flag: Option<&'static str>,
    /// What the flag's value is called.
    pub(crate) value_name: &'static str,
    /// The part of the help where the flag stands.
    pub(crate) heading: &'static str,
    /// What it does, in one line.
    pub(crate) help: &'static str,
    /// Whether a flag without a value means true.
    pub(crate) is_switch: bool,
    /// Whether a change takes effect on SIGHUP.
    pub(crate) is_reloaded: bool,
    /// Checks text that a flag says.
    pub(crate) check: fn(&str) -> Result<(), String>,
    /// Takes text from a variable or a flag.
    pub(crate) take_text: fn(&mut Settings, &str, &mut Reading, Origin) -> Result<(), String>,
    /// Takes a value of a file.
    pub(crate) take_node: fn(&mut Settings, &Node, &mut Reading, Origin) -> Result<(), Bad>,
    /// Takes the value of other settings.
    pub(crate) adopt: fn(&mut Settings, &Settings),
    /// The value as a variable would have it.
    pub(crate) text: fn(&Settings) -> String,
    /// The value as a file would have it.
    pub(crate) yaml: fn(&Settings) -> String,
    /// Where the value comes from.
    pub(crate) origin: fn(&Settings) -> &Origin,
}

impl Key {
    /// What it can be called in a file, its own name first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let aliases = ALIASES.iter().filter(|(_, name)| *name == self.name).map(|(alias, _)| *alias);
        std::iter::once(self.name).chain(aliases)
    }

    /// The name of the variable, without those of its aliases.
    pub(crate) fn variable(&self) -> String {
        variable(self.name)
    }
}

/// The variable of a key, by the Agent's rule.
pub(crate) fn variable(name: &str) -> String {
    format!("DD_{}", name.replace('.', "_").to_ascii_uppercase())
}

/// Declares the settings and the table of their keys.
///
/// A row is a line of help, a field, its type and default, the key, and what else there is: a flag with the name of its
/// value, and `reload` where a change takes effect on SIGHUP.
macro_rules! settings {
    ($($heading:literal {
        $(#[doc = $help:literal] $field:ident: $type:ty = $default:expr,
            $key:literal $(, $flag:literal $value:literal)? $(, $reload:ident)?;)+
    })+) => {
        /// Every value that the daemon goes by, and where each one comes from.
        #[derive(Debug, Clone)]
        pub(crate) struct Settings {
            $($(#[doc = $help] pub(crate) $field: Setting<$type>,)+)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Settings { $($($field: Setting::by_default($default),)+)+ }
            }
        }

        /// Every key that the daemon goes by, in the order of the help.
        pub(crate) const KEYS: &[Key] = &[$($({
            #[allow(unused_mut, unused_assignments)]
            let (mut flag, mut value_name) = (None, "");
            $((flag, value_name) = (Some($flag), $value);)?
            Key {
                name: $key,
                flag,
                value_name,
                heading: $heading,
                help: $help,
                is_switch: <$type as Value>::IS_SWITCH,
                is_reloaded: matches!(concat!($(stringify!($reload))?).as_bytes(), b"reload"),
                check: |text| <$type as Value>::from_text(text, &mut Reading::new(Source::Flag)).map(drop),
                take_text: |settings, text, reading, origin| {
                    settings.$field = Setting { value: <$type as Value>::from_text(text, reading)?, origin };
                    Ok(())
                },
                take_node: |settings, node, reading, origin| {
                    settings.$field = Setting { value: <$type as Value>::from_node(node, reading)?, origin };
                    Ok(())
                },
                adopt: |settings, other| settings.$field.clone_from(&other.$field),
                text: |settings| Value::text(&settings.$field.value),
                yaml: |settings| Value::yaml(&settings.$field.value),
                origin: |settings| &settings.$field.origin,
            }
        },)+)+];
    };
}

pub(super) use settings;
