//! Where UDP is received.

use super::{Reading, Source, Value};

/// The port of UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    /// `off`, or in the Agent's words `0`: nowhere.
    Off,
    /// `0` of the flag, or the Agent's word `__random__`: any free port.
    Any,
    /// On this one.
    Number(u16),
}

impl Value for Port {
    const WHAT: &'static str = "a port";

    fn from_text(text: &str, reading: &mut Reading) -> Result<Self, String> {
        match (text, reading.source) {
            ("off", _) | ("0", Source::File | Source::Variable) => Ok(Port::Off),
            ("0", Source::Flag) | ("__random__", _) => Ok(Port::Any),
            _ => match text.parse() {
                Ok(number) => Ok(Port::Number(number)),
                Err(_) => Err("a port is a number from 0 to 65535, or the word off".to_owned()),
            },
        }
    }

    fn text(&self) -> String {
        match self {
            Port::Off => "off".to_owned(),
            Port::Any => "__random__".to_owned(),
            Port::Number(number) => number.to_string(),
        }
    }
}
