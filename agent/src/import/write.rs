//! Profiles and settings as a file of the daemon's.

use std::fmt::Write;

use super::imported::{Imported, Mapping};
use crate::config::quoted;

pub(super) fn yaml(imported: &Imported) -> String {
    let mut text = String::new();
    let out = &mut text;
    // A `String` takes all.
    let _ = write!(out, "dogstatsd_mapper_profiles:\n  - name: statsd_exporter\n    prefix: \"*\"\n    mappings:\n");
    imported.mappings.iter().for_each(|mapping| one(mapping, out));
    for (key, value) in &imported.settings {
        let _ = writeln!(out, "{key}: {value}");
    }
    text
}

fn one(mapping: &Mapping, out: &mut String) {
    let _ = writeln!(out, "      - match: {}", quoted(&mapping.pattern));
    if mapping.is_regex {
        let _ = writeln!(out, "        match_type: regex");
    }
    let _ = writeln!(out, "        name: {}", quoted(&mapping.name));
    if !mapping.tags.is_empty() {
        let _ = writeln!(out, "        tags:");
    }
    for (key, value) in &mapping.tags {
        let _ = writeln!(out, "          {}: {}", quoted(key), quoted(value));
    }
    for (key, value) in &mapping.more {
        let _ = writeln!(out, "        {key}: {value}");
    }
}
