//! The options that callers of JavaScript gave, by the names of the library's tables in camel case; what they did not give has the default of the Rust library.

use std::time::Duration;

use basenji::server::Config;
use basenji::settings::{
    AGGREGATION, CLIENT, Kind, LISTENING, SERIES, SERVER, Setting, SettingError, TRANSPORT, Value,
};
use napi::Result;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

/// A row of a table, for the check of what callers give.
#[napi(object)]
#[allow(unreachable_pub, reason = "the macro wants public fields")]
pub struct Row {
    pub name: String,
    /// `switch`, `whole`, `share`, `time`, `text`, `list` or `choice`.
    pub kind: String,
    pub least: f64,
    pub most: f64,
    pub choices: Vec<String>,
}

/// The tables of a client, a server, and an aggregator, whose options are among those of a server.
#[napi(object)]
#[allow(unreachable_pub, reason = "the macro wants public fields")]
pub struct Tables {
    pub client: Vec<Row>,
    pub server: Vec<Row>,
    pub aggregator: Vec<Row>,
}

/// What options there are.
#[napi]
pub(crate) fn options() -> Tables {
    Tables {
        client: rows(&[CLIENT, TRANSPORT]),
        server: rows(&[LISTENING, SERVER, SERIES, AGGREGATION]),
        aggregator: rows(&[SERIES, AGGREGATION]),
    }
}

fn rows(tables: &[&'static [Setting]]) -> Vec<Row> {
    // The end of the process has a limit of its own.
    let is_for_javascript = |setting: &&Setting| setting.name != "exit_timeout";
    let row = |setting: &Setting| {
        let (kind, choices): (_, &[&str]) = match setting.kind {
            Kind::Switch => ("switch", &[]),
            Kind::Whole => ("whole", &[]),
            Kind::Share => ("share", &[]),
            Kind::Time => ("time", &[]),
            Kind::List => ("list", &[]),
            Kind::Choice(words) => ("choice", words),
            _ => ("text", &[]),
        };
        let choices = choices.iter().map(|word| (*word).to_owned()).collect();
        Row {
            name: camel(setting.name),
            kind: kind.to_owned(),
            least: setting.range.0 as f64,
            most: setting.range.1 as f64,
            choices,
        }
    };
    tables.iter().copied().flatten().filter(is_for_javascript).map(row).collect()
}

/// A name in camel case.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_ascii_uppercase() + &word[1..])
}

/// The value of an option, if it was given. JavaScript has checked its type; times are in milliseconds.
pub(crate) fn given(options: &Object<'_>, setting: &Setting) -> Result<Option<Value>> {
    let name = &camel(setting.name);
    Ok(match setting.kind {
        Kind::Switch => options.get(name)?.map(Value::Switch),
        Kind::Whole => options.get::<f64>(name)?.map(|number| Value::Whole(number as u64)),
        Kind::Share => options.get(name)?.map(Value::Number),
        Kind::Time => options.get::<f64>(name)?.map(|millis| Value::Time(time(millis))),
        Kind::List => options.get(name)?.map(Value::List),
        _ => options.get(name)?.map(Value::Text),
    })
}

/// A time of so many milliseconds; one that there is not is longer than any that an option can have.
fn time(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}

/// A configuration with the options of a server or an aggregator.
pub(crate) fn config(options: &Object<'_>) -> Result<std::result::Result<Config, SettingError>> {
    let mut config = Config::default();
    // A set's series has them.
    config.aggregation.set_members = true;
    for setting in [SERVER, SERIES, AGGREGATION].into_iter().flatten() {
        let Some(value) = given(options, setting)? else { continue };
        if let Err(error) = config.set(setting.name, value) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(config))
}
