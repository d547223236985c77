//! Options by name, for bindings, which pass on what their callers gave.

use std::time::Duration;

use basenji_core::client::{Aggregation, Dialect};
use basenji_core::wire::Cardinality;

use super::address::Environment;
use super::builder::Builder;
use super::config::Profile;
use super::sender::Overflow;
use crate::settings::{self, CLIENT, SettingError, TRANSPORT, Value};

impl Builder {
    /// Sets one option of [`CLIENT`] or [`TRANSPORT`]. `troubles` says how many a binding keeps, and changes nothing here: see [`Builder::keep_troubles`].
    ///
    /// # Errors
    ///
    /// There is no such option, or the value is of another kind or outside the range.
    pub fn set(self, name: &str, value: Value) -> Result<Builder, SettingError> {
        settings::find(CLIENT.iter().chain(TRANSPORT), name)?.check(&value)?;
        match value {
            Value::Text(text) => self.set_text(name, &text),
            Value::List(tags) => Ok(tags.into_iter().fold(self, Builder::tag)),
            Value::Switch(on) => Ok(self.set_switch(name, on)),
            Value::Whole(number) => Ok(self.set_whole(name, usize::try_from(number).unwrap_or(usize::MAX))),
            Value::Time(time) => Ok(self.set_time(name, time)),
            Value::Number(rate) => Ok(self.sample_rate(rate)),
        }
    }

    fn set_text(self, name: &str, text: &str) -> Result<Builder, SettingError> {
        Ok(match name {
            "address" => self.to(text).map_err(|error| SettingError::wrong(name, format!("is invalid: {error}")))?,
            "profile" => self.profile(if text == "plain" { Profile::Plain } else { Profile::Fast }),
            "prefix" => self.prefix(text),
            "suffix" => self.suffix(text),
            "container_id" => self.container_id(text),
            "root" => self.root(text),
            "cardinality" => match Cardinality::parse(text.as_bytes()) {
                Some(cardinality) => self.cardinality(cardinality),
                None => self,
            },
            "dialect" => match Dialect::ALL.into_iter().find(|dialect| dialect.name == text) {
                Some(dialect) => self.dialect(*dialect),
                None => self,
            },
            "aggregation" => self.aggregation(match text {
                "off" => Aggregation::Off,
                "basic" => Aggregation::Basic,
                _ => Aggregation::DEFAULT,
            }),
            "overflow" => {
                let overflow = if text == "newest" { Overflow::DropNewest } else { Overflow::DropOldest };
                self.sender(|sender| sender.overflow = overflow)
            }
            _ => self,
        })
    }

    fn set_switch(self, name: &str, on: bool) -> Builder {
        match name {
            "environment" if on => self,
            "environment" => self.environment(Environment::default()),
            "origin_detection" => self.origin_detection(on),
            "background" => self.background(on),
            "telemetry" => self.telemetry(on),
            "segmentation" => self.transport_options(|transport| transport.segmentation = on),
            _ => self,
        }
    }

    fn set_whole(self, name: &str, number: usize) -> Builder {
        match name {
            "max_payload" => self.max_payload(number),
            "contexts" => self.change_memory(|memory| memory.contexts = number),
            "context_bytes" => self.change_memory(|memory| memory.bytes = number),
            "cells" => self.change_memory(|memory| memory.cells = number),
            "queue_bytes" => self.sender(|sender| sender.queue_bytes = number),
            "send_buffer" => self.transport_options(|transport| transport.send_buffer = number),
            "longest_frame" => self.transport_options(|transport| transport.longest_frame = number),
            _ => self,
        }
    }

    fn set_time(self, name: &str, time: Duration) -> Builder {
        match name {
            "flush_interval" => self.flush_interval(time),
            "telemetry_interval" => self.telemetry_interval(time),
            "expiry" => self.sender(|sender| sender.expiry = Some(time)),
            "patience" => self.sender(|sender| sender.patience = time),
            "exit_timeout" => self.sender(|sender| sender.stop_timeout = time),
            "retry_first" => self.transport_options(|transport| transport.retry.first = time),
            "retry_most" => self.transport_options(|transport| transport.retry.most = time),
            "lookup_interval" => self.transport_options(|transport| transport.lookup_every = time),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Usual;

    #[test]
    fn the_words_of_the_table_are_those_of_the_types() {
        let words = |name| match settings::find(CLIENT, name).unwrap().kind {
            settings::Kind::Choice(words) => words,
            _ => panic!("{name} is no choice"),
        };
        assert_eq!(words("dialect"), Dialect::ALL.map(|dialect| dialect.name));
        for word in words("cardinality") {
            assert_eq!(Cardinality::parse(word.as_bytes()).unwrap().name(), *word);
        }
    }

    type Expected = fn(Builder) -> Builder;

    #[test]
    fn each_option_of_the_table_is_one_of_the_builder_and_its_default_changes_nothing() {
        let text = |text: &str| Value::Text(text.into());
        let time = Duration::from_millis(77);
        let options: [(&str, Value, Expected); 29] = [
            ("address", text("udp://h:1"), |builder| builder.to("udp://h:1").unwrap()),
            ("profile", text("plain"), |builder| builder.profile(Profile::Plain)),
            ("prefix", text("a"), |builder| builder.prefix("a")),
            ("suffix", text("a"), |builder| builder.suffix("a")),
            ("tags", Value::List(vec!["a".into(), "b".into()]), |builder| builder.tag("a").tag("b")),
            ("cardinality", text("low"), |builder| builder.cardinality(Cardinality::Low)),
            ("environment", Value::Switch(false), |builder| builder.environment(Environment::default())),
            ("origin_detection", Value::Switch(false), |builder| builder.origin_detection(false)),
            ("container_id", text("a"), |builder| builder.container_id("a")),
            ("root", text("/a"), |builder| builder.root("/a")),
            ("dialect", text("hot-shots"), |builder| builder.dialect(Dialect::HOT_SHOTS)),
            ("aggregation", text("off"), |builder| builder.aggregation(Aggregation::Off)),
            ("aggregation", text("basic"), |builder| builder.aggregation(Aggregation::Basic)),
            ("flush_interval", Value::Time(time), |builder| builder.flush_interval(Duration::from_millis(77))),
            ("background", Value::Switch(false), |builder| builder.background(false)),
            ("max_payload", Value::Whole(7), |builder| builder.max_payload(7)),
            ("sample_rate", Value::Number(0.5), |builder| builder.sample_rate(0.5)),
            ("telemetry", Value::Switch(false), |builder| builder.telemetry(false)),
            ("telemetry_interval", Value::Time(time), |builder| builder.telemetry_interval(Duration::from_millis(77))),
            ("contexts", Value::Whole(7), |builder| builder.change_memory(|memory| memory.contexts = 7)),
            ("context_bytes", Value::Whole(7), |builder| builder.change_memory(|memory| memory.bytes = 7)),
            ("cells", Value::Whole(7), |builder| builder.change_memory(|memory| memory.cells = 7)),
            ("queue_bytes", Value::Whole(7), |builder| builder.sender(|sender| sender.queue_bytes = 7)),
            ("overflow", text("newest"), |builder| builder.sender(|sender| sender.overflow = Overflow::DropNewest)),
            ("send_buffer", Value::Whole(7), |builder| builder.transport_options(|options| options.send_buffer = 7)),
            ("longest_frame", Value::Whole(7), |builder| {
                builder.transport_options(|options| options.longest_frame = 7)
            }),
            ("segmentation", Value::Switch(false), |builder| {
                builder.transport_options(|options| options.segmentation = false)
            }),
            ("retry_first", Value::Time(time), |builder| {
                builder.transport_options(|options| options.retry.first = Duration::from_millis(77))
            }),
            ("retry_most", Value::Time(time), |builder| {
                builder.transport_options(|options| options.retry.most = Duration::from_millis(77))
            }),
        ];
        let times: [(&str, Expected); 4] = [
            ("expiry", |builder| builder.sender(|sender| sender.expiry = Some(Duration::from_millis(77)))),
            ("patience", |builder| builder.sender(|sender| sender.patience = Duration::from_millis(77))),
            ("exit_timeout", |builder| builder.sender(|sender| sender.stop_timeout = Duration::from_millis(77))),
            ("lookup_interval", |builder| {
                builder.transport_options(|options| options.lookup_every = Duration::from_millis(77))
            }),
        ];
        let times = times.map(|(name, expected)| (name, Value::Time(time), expected));
        let all: Vec<_> = options.into_iter().chain(times).collect();
        let set = |name, value| Builder::default().set(name, value).unwrap().told();
        for (name, value, expected) in &all {
            assert_eq!(set(name, value.clone()), expected(Builder::default()).told(), "{name}");
            assert_ne!(set(name, value.clone()), Builder::default().told(), "{name}");
        }
        for setting in CLIENT.iter().chain(TRANSPORT).filter(|setting| setting.name != "troubles") {
            assert!(all.iter().any(|(name, ..)| *name == setting.name), "{} has no row here", setting.name);
            let usual = match setting.default {
                Usual::Text(text) if setting.name != "address" => Value::Text(text.into()),
                Usual::Switch(on) if setting.name != "origin_detection" => Value::Switch(on),
                Usual::Whole(number) => Value::Whole(number),
                Usual::Number(number) => Value::Number(number),
                Usual::Millis(millis) => Value::Time(Duration::from_millis(millis)),
                _ => continue,
            };
            assert_eq!(set(setting.name, usual), Builder::default().told(), "the default of {}", setting.name);
        }
    }

    #[test]
    fn an_option_that_there_is_not_or_that_is_invalid_is_named() {
        for (name, value, message) in [
            ("prefx", Value::Text("a".into()), "there is no option 'prefx'; did you mean prefix?"),
            ("sample_rate", Value::Number(0.0), "sample_rate must be above 0 and up to 1, not 0"),
            ("flush_interval", Value::Time(Duration::ZERO), "flush_interval must be from 1 ms to 86400 s, not 0"),
            ("address", Value::Text("tcp://h:1".into()), "address is invalid: "),
        ] {
            let Err(error) = Builder::default().set(name, value) else { panic!("{name} is taken") };
            assert!(error.to_string().starts_with(message), "{error}");
        }
    }
}
