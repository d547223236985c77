//! One key: what it is called in a file, as a variable and as a flag, and how its value gets into the settings.

use super::node::{Bad, Node};
use super::origin::Origin;
use super::settings::Settings;
use super::value::Reading;

/// One row of the table of [`keys`](super::settings::KEYS).
#[derive(Clone, Copy)]
pub(crate) struct Key {
    /// The name in a file; a dot leads into a mapping.
    pub(crate) name: &'static str,
    /// The field of the settings.
    #[cfg(test)]
    pub(crate) field: &'static str,
    /// Other names, which count where this one has no value.
    pub(crate) aliases: &'static [&'static str],
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
    /// Whether the value must not be shown.
    pub(crate) is_secret: bool,
    /// Checks text that a flag says.
    pub(crate) check: fn(&str) -> Result<(), String>,
    /// Takes text from a variable or a flag.
    pub(crate) take_text: fn(&mut Settings, &str, &mut Reading, Origin) -> Result<(), String>,
    /// Takes a value of a file.
    pub(crate) take_node: fn(&mut Settings, &Node, &mut Reading, Origin) -> Result<(), Bad>,
    /// Whether both settings have the same value.
    pub(crate) is_same: fn(&Settings, &Settings) -> bool,
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
        std::iter::once(self.name).chain(self.aliases.iter().copied())
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

/// A part of the settings: those of the daemon itself, or of one room, which has a file and a field for them.
pub(crate) trait Part {
    /// This part of all settings.
    fn of(settings: &Settings) -> &Self;

    /// The same, to be changed.
    fn of_mut(settings: &mut Settings) -> &mut Self;
}

/// How many rows several tables have.
pub(super) const fn rows(tables: &[&[Key]]) -> usize {
    let (mut table, mut rows) = (0, 0);
    while table < tables.len() {
        rows += tables[table].len();
        table += 1;
    }
    rows
}

/// Several tables as one.
pub(super) const fn joined<const LEN: usize>(tables: &[&[Key]]) -> [Key; LEN] {
    let mut all = [tables[0][0]; LEN];
    let (mut table, mut place) = (0, 0);
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            all[place] = tables[table][row];
            (row, place) = (row + 1, place + 1);
        }
        table += 1;
    }
    assert!(place == LEN, "every row has its place");
    all
}

/// Declares a part of the settings and the table of its keys.
///
/// A row is a line of help, a field, its type and default, the key, and what else there is: other names of the key, a
/// flag with the name of its value, and `reload` where a change takes effect on SIGHUP. The settings as a whole have
/// parts beside their own rows; a part stands in a field of them.
macro_rules! settings {
    (part $name:ident in $place:ident { $($rows:tt)* }) => {
        impl crate::config::key::Part for $name {
            fn of(settings: &crate::config::Settings) -> &Self {
                &settings.$place
            }

            fn of_mut(settings: &mut crate::config::Settings) -> &mut Self {
                &mut settings.$place
            }
        }

        crate::config::key::settings! { struct $name, parts {} $($rows)* }
    };
    ($name:ident, parts { $($(#[doc = $part_help:literal])* $part:ident: $part_type:ty,)+ } $($rows:tt)*) => {
        /// The table of each part, in the order of the help.
        const TABLES: &[&[crate::config::key::Key]] = &[$name::KEYS, $(<$part_type>::KEYS),+];

        crate::config::key::settings! {
            struct $name, parts { $($(#[doc = $part_help])* $part: $part_type,)+ } $($rows)*
        }
    };
    (struct $name:ident, parts { $($(#[doc = $part_help:literal])* $part:ident: $part_type:ty,)* }
    $($heading:literal {
        $(#[doc = $help:literal] $field:ident: $type:ty = $default:expr,
            $key:literal $(| $alias:literal)* $(, $flag:literal $value:literal)? $(, $reload:ident)?;)+
    })+) => {
        /// The settings, and where each value comes from.
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            $($(#[doc = $help] pub(crate) $field: crate::config::origin::Setting<$type>,)+)+
            $($(#[doc = $part_help])* pub(crate) $part: $part_type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                $name {
                    $($($field: crate::config::origin::Setting::by_default($default),)+)+
                    $($part: <$part_type>::default(),)*
                }
            }
        }

        impl $name {
            /// The keys of this part, in the order of the help.
            pub(crate) const KEYS: &'static [crate::config::key::Key] = &[$($({
                use crate::config::key::{Key, Part};
                use crate::config::origin::Setting;
                use crate::config::value::{Reading, Source, Value};
                #[allow(unused_mut, unused_assignments)]
                let (mut flag, mut value_name) = (None, "");
                $((flag, value_name) = (Some($flag), $value);)?
                Key {
                    name: $key,
                    #[cfg(test)]
                    field: stringify!($field),
                    aliases: &[$($alias),*],
                    flag,
                    value_name,
                    heading: $heading,
                    help: $help.trim_ascii(),
                    is_switch: <$type as Value>::IS_SWITCH,
                    is_reloaded: matches!(concat!($(stringify!($reload))?).as_bytes(), b"reload"),
                    is_secret: <$type as Value>::IS_SECRET,
                    check: |text| <$type as Value>::from_text(text, &mut Reading::new(Source::Flag)).map(drop),
                    take_text: |settings, text, reading, origin| {
                        let value = <$type as Value>::from_text(text, reading)?;
                        <$name as Part>::of_mut(settings).$field = Setting { value, origin };
                        Ok(())
                    },
                    take_node: |settings, node, reading, origin| {
                        let value = <$type as Value>::from_node(node, reading)?;
                        <$name as Part>::of_mut(settings).$field = Setting { value, origin };
                        Ok(())
                    },
                    is_same: |one, other| <$name as Part>::of(one).$field.value.is_same(&<$name as Part>::of(other).$field.value),
                    adopt: |settings, other| {
                        <$name as Part>::of_mut(settings).$field.clone_from(&<$name as Part>::of(other).$field);
                    },
                    text: |settings| Value::text(&<$name as Part>::of(settings).$field.value),
                    yaml: |settings| Value::yaml(&<$name as Part>::of(settings).$field.value),
                    origin: |settings| &<$name as Part>::of(settings).$field.origin,
                }
            },)+)+];
        }
    };
}

pub(crate) use settings;
