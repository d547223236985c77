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

    #[test]
    fn each_option_of_the_table_is_one_of_the_builder() {
        let source = include_str!("set.rs");
        let (code, _) = source.split_once("#[cfg(test)]").unwrap();
        for setting in CLIENT
            .iter()
            .chain(TRANSPORT)
            .filter(|setting| !["tags", "sample_rate", "troubles"].contains(&setting.name))
        {
            assert!(code.contains(&format!("\"{}\"", setting.name)), "{} sets nothing", setting.name);
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
