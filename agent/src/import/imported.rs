//! What a file becomes.

/// What a file becomes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Imported {
    pub(super) mappings: Vec<Mapping>,
    /// Keys of the daemon and their values, as YAML.
    pub(super) settings: Vec<(&'static str, String)>,
    /// What has no counterpart, a sentence each.
    pub(super) notes: Vec<String>,
}

/// A mapping of the daemon's own profiles.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Mapping {
    pub(super) pattern: String,
    pub(super) is_regex: bool,
    pub(super) name: String,
    pub(super) tags: Vec<(String, String)>,
    /// Further keys and their values, as YAML.
    pub(super) more: Vec<(&'static str, String)>,
}
