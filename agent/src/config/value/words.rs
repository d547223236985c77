//! Values that are one of a few words.

use basenji::core::wire::Cardinality;

use super::{Reading, Value};

/// Declares a type of words with what each means.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$word_doc:meta])* $variant:ident = $word:literal $(| $other:literal)*,)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$word_doc])* $variant,)+
        }

        impl crate::config::value::Value for $name {
            const WHAT: &'static str = $what;

            fn from_text(text: &str, _: &mut crate::config::value::Reading) -> Result<Self, String> {
                match text.to_ascii_lowercase().as_str() {
                    $($word $(| $other)* => Ok($name::$variant),)+
                    _ => Err(format!("expected one of {}", [$($word),+].join(", "))),
                }
            }

            fn text(&self) -> String {
                match self {
                    $($name::$variant => $word,)+
                }
                .to_owned()
            }
        }
    };
}

pub(crate) use words;

words! {
    /// How much is logged, in the Agent's words.
    LogLevel, "a log level":
    /// Everything.
    Trace = "trace",
    /// What a developer of the daemon wants to know.
    Debug = "debug",
    /// Start and end.
    Info = "info",
    /// What is lost or odd.
    Warn = "warn" | "warning",
    /// What fails.
    Error = "error" | "critical",
    /// Nothing.
    Off = "off",
}

words! {
    /// How series are shown.
    Format, "table, json, off or auto":
    /// As a table on a terminal, else as JSON unless series go elsewhere.
    Auto = "auto",
    /// A table for people.
    Table = "table",
    /// One JSON object a line.
    Json = "json",
    /// Not at all.
    Off = "off",
}

words! {
    /// How requests are compressed.
    Compressor, "a compression":
    /// Zstandard.
    Zstd = "zstd",
    /// zlib, which HTTP calls deflate.
    Zlib = "zlib" | "deflate",
    /// gzip.
    Gzip = "gzip",
    /// Not at all.
    None = "none",
}

words! {
    /// The oldest TLS that will do.
    MinTls, "a version of TLS":
    /// It means 1.2, since nothing older is spoken here.
    Tls10 = "tlsv1.0",
    /// Likewise.
    Tls11 = "tlsv1.1",
    /// TLS 1.2.
    Tls12 = "tlsv1.2",
    /// TLS 1.3.
    Tls13 = "tlsv1.3",
}

words! {
    /// When the history of the live page is kept.
    Keep, "looked or always":
    /// While somebody looks, and some minutes longer.
    Looked = "looked",
    /// From the start to the end.
    Always = "always",
}

/// How many tags an origin gets, in the words of `card:`.
impl Value for Cardinality {
    const WHAT: &'static str = "a cardinality";

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        Cardinality::parse(text.as_bytes()).ok_or_else(|| "expected one of none, low, orchestrator, high".to_owned())
    }

    fn text(&self) -> String {
        match self {
            Cardinality::None => "none",
            Cardinality::Low => "low",
            Cardinality::Orchestrator => "orchestrator",
            Cardinality::High => "high",
        }
        .to_owned()
    }
}
