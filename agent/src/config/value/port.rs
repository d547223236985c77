//! Where UDP is received, and where HTTP is served.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::whole::whole;
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
            ("off", _) => Ok(Port::Off),
            ("__random__", _) => Ok(Port::Any),
            (_, source) => match (whole(text, reading).and_then(|number| u16::try_from(number).ok()), source) {
                (Some(0), Source::Flag) => Ok(Port::Any),
                (Some(0), Source::File | Source::Variable) => Ok(Port::Off),
                (Some(number), _) => Ok(Port::Number(number)),
                (None, _) => Err("a port is a number from 0 to 65535, or the word off".to_owned()),
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

/// Where HTTP is served; a port alone is one of the loopback address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Http {
    /// Nowhere.
    Off,
    /// Here.
    At(SocketAddr),
}

impl Http {
    /// A port of the loopback address.
    pub(crate) const fn local(port: u16) -> Http {
        Http::At(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }
}

impl Value for Http {
    const WHAT: &'static str = "a port or an address with one";

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        if text == "off" {
            return Ok(Http::Off);
        }
        match (text.parse(), text.parse()) {
            (Ok(port), _) => Ok(Http::local(port)),
            (_, Ok(address)) => Ok(Http::At(address)),
            _ => Err("expected a port, an address with a port as in 127.0.0.1:8127, or the word off".to_owned()),
        }
    }

    fn text(&self) -> String {
        match self {
            Http::Off => "off".to_owned(),
            Http::At(address) => address.to_string(),
        }
    }
}
