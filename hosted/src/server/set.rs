//! Options by name, for bindings, which pass on what their callers gave.

use std::path::PathBuf;

use basenji_core::aggregate::{Aggregate, Aggregates};
use basenji_core::wire::Cardinality;

use super::config::Config;
use super::socket::ListenerKind;
use crate::settings::{self, AGGREGATION, ORIGIN, SERIES, SERVER, SettingError, Value};

impl Config {
    /// Sets one option of [`SERVER`], [`SERIES`], [`AGGREGATION`] or [`ORIGIN`].
    ///
    /// # Errors
    ///
    /// There is no such option, or the value is of another kind or outside the range.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), SettingError> {
        settings::find([SERVER, SERIES, AGGREGATION, ORIGIN].into_iter().flatten(), name)?.check(&value)?;
        match value {
            Value::Whole(number) => self.set_whole(name, number),
            Value::Switch(on) => self.set_switch(name, on),
            Value::List(texts) => return self.set_list(name, texts),
            Value::Text(text) => self.set_text(name, text),
            Value::Time(time) => self.stop_wait = time,
            Value::Number(_) => {}
        }
        Ok(())
    }

    fn set_whole(&mut self, name: &str, number: u64) {
        let (size, small) = (number as usize, number as u32);
        match name {
            "workers" => self.workers = size,
            "receive_buffer" => self.receive_buffer = size,
            "socket_buffer" => self.socket_buffer = size,
            "socket_mode" => self.socket_mode = small,
            "max_connections" => self.max_connections = size,
            "contexts" => self.memory.contexts = size,
            "context_bytes" => self.memory.bytes = size,
            "cells" => self.memory.cells = size,
            "kept_percent" => self.shares.kept = size,
            "modest_percent" => self.shares.modest = size,
            "event_bytes" => self.event_bytes = size,
            "sink_bytes" => self.sink_bytes = size,
            "bucket_secs" => self.aggregation.bucket_secs = small,
            "counter_expiry_secs" => self.aggregation.counter_expiry_secs = small,
            "context_expiry_secs" => self.aggregation.context_expiry_secs = small,
            "histogram_exact_samples" => self.aggregation.histogram_exact_samples = small,
            "set_exact_members" => self.aggregation.set_exact_members = small,
            "set_precision" => self.aggregation.set_precision = number as u8,
            "sketch_bins" => self.aggregation.sketch_bins = number as u16,
            _ => {}
        }
    }

    fn set_switch(&mut self, name: &str, on: bool) {
        match name {
            "origin_detection" => self.origin_detection = on,
            "timestamps" => self.timestamps = on,
            "telemetry" => self.telemetry = on,
            "counter_zeros" => self.aggregation.counter_zeros = on,
            "key_by_origin" => self.aggregation.key_by_origin = on,
            "origin_client" => self.origin.client = on,
            "origin_unified" => self.origin.unified = on,
            "origin_opt_out" => self.origin.opt_out = on,
            "entity_id_precedence" => self.origin.entity_id_precedence = on,
            _ => {}
        }
    }

    fn set_list(&mut self, name: &str, texts: Vec<String>) -> Result<(), SettingError> {
        match name {
            "tags" => self.tags = texts,
            "aggregates" => self.aggregation.aggregates = aggregates(&texts)?,
            "eol_required" => {
                let kind = |text: &String| {
                    let known = ListenerKind::ALL.into_iter().find(|kind| kind.name() == text);
                    let words = "must be some of udp, unix_datagram, unix_stream, not";
                    known.ok_or_else(|| SettingError::wrong(name, format!("{words} '{}'", text.escape_debug())))
                };
                self.eol_required = texts.iter().map(kind).collect::<Result<_, _>>()?;
            }
            _ => {}
        }
        Ok(())
    }

    fn set_text(&mut self, name: &str, text: String) {
        match name {
            "copy_histograms" => self.copy_histograms = Some(text),
            "tag_cardinality" => {
                self.origin.cardinality = Cardinality::parse(text.as_bytes()).unwrap_or(self.origin.cardinality);
            }
            "proc_root" => self.origin.proc_root = PathBuf::from(text),
            "cgroup_root" => self.origin.cgroup_root = PathBuf::from(text),
            _ => {}
        }
    }
}

/// What histograms and timings emit.
fn aggregates(names: &[String]) -> Result<Aggregates, SettingError> {
    const NAME: &str = "aggregates";
    let mut aggregates = Aggregates::none();
    for name in names {
        let known = Aggregate::from_suffix(name).ok_or_else(|| {
            let known = "max, min, median, avg, sum, count, 0percentile to 100percentile";
            SettingError::wrong(NAME, format!("must be some of {known}, not '{}'", name.escape_debug()))
        })?;
        let most = || SettingError::wrong(NAME, format!("must be at most {}", Aggregates::CAPACITY));
        aggregates.push(known).map_err(|_| most())?;
    }
    Ok(aggregates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Kind, Setting, Usual};
    use std::time::Duration;

    /// The default, and another value.
    fn values(setting: &Setting) -> (Option<Value>, Value) {
        let list = |texts: &[&str]| Value::List(texts.iter().map(|text| (*text).to_owned()).collect());
        let usual = match setting.default {
            Usual::Switch(on) => Some(Value::Switch(on)),
            Usual::Whole(number) => Some(Value::Whole(number)),
            Usual::Number(number) => Some(Value::Number(number)),
            Usual::Millis(millis) => Some(Value::Time(Duration::from_millis(millis))),
            Usual::Text(text) => Some(Value::Text(text.to_owned())),
            Usual::List(texts) => Some(list(texts)),
            _ => None,
        };
        let other = match (setting.kind, &usual) {
            (Kind::Switch, usual) => Value::Switch(*usual != Some(Value::Switch(true))),
            (Kind::Whole, Some(Value::Whole(usual))) => {
                Value::Whole(if *usual == setting.range.0 { usual + 1 } else { setting.range.0 })
            }
            (Kind::Time, _) => Value::Time(Duration::from_millis(setting.range.0 + 5)),
            (Kind::Choice(words), _) => Value::Text((*words.last().unwrap()).to_owned()),
            (Kind::List, _) if setting.name == "eol_required" => list(&["udp", "unix_stream"]),
            (Kind::List, _) => list(&["sum", "99percentile"]),
            (kind, _) => match kind {
                Kind::Share => Value::Number(0.5),
                _ => Value::Text("other".to_owned()),
            },
        };
        (usual, other)
    }

    #[test]
    fn each_option_of_the_tables_can_be_set_changes_something_and_its_default_changes_nothing() {
        for setting in [SERVER, SERIES, AGGREGATION, ORIGIN].into_iter().flatten() {
            let (usual, other) = values(setting);
            let mut config = Config::default();
            if let Some(usual) = usual {
                config.set(setting.name, usual).unwrap();
                assert_eq!(config, Config::default(), "the default of {} is another one", setting.name);
            }
            config.set(setting.name, other).unwrap();
            assert_ne!(config, Config::default(), "{} changes nothing", setting.name);
            config.validate().unwrap();
        }
    }

    #[test]
    fn an_invalid_option_is_named_and_changes_nothing() {
        let mut config = Config::default();
        for (name, value, message) in [
            ("wrokers", Value::Whole(1), "there is no option 'wrokers'; did you mean workers?"),
            ("workers", Value::Whole(0), "workers must be from 1 to 1024, not 0"),
            ("workers", Value::Text("x".into()), "workers must be from 1 to 1024, not 'x'"),
            ("socket_mode", Value::Whole(0o1000), "socket_mode must be from 0 to 0o777, not 512"),
            (
                "stop_wait",
                Value::Time(Duration::from_secs(7_500_000)),
                "stop_wait must be from 0 to 86400 s, not 7500000 s",
            ),
            (
                "tag_cardinality",
                Value::Text("all".into()),
                "tag_cardinality must be one of none, low, orchestrator, high, not 'all'",
            ),
            (
                "eol_required",
                Value::List(vec!["tcp".into()]),
                "eol_required must be some of udp, unix_datagram, unix_stream, not 'tcp'",
            ),
            (
                "aggregates",
                Value::List(vec!["p95".into()]),
                "aggregates must be some of max, min, median, avg, sum, count, 0percentile to 100percentile, not 'p95'",
            ),
        ] {
            assert_eq!(config.set(name, value).unwrap_err().to_string(), message);
        }
        assert_eq!(config, Config::default());
    }
}
