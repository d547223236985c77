//! Calls whose name and tags are literals: joined when the program is compiled.

use std::sync::Arc;

use basenji_core::client::Value;
use basenji_core::wire::MetricKind;

use crate::client::gather::{Hints, Inner};

/// The text of a call in a program, and where its context was; made by [`count!`](crate::count) and its like.
#[derive(Debug)]
pub struct Literal {
    kind: MetricKind,
    name: &'static str,
    tags: &'static str,
    hints: Hints,
}

impl Literal {
    /// That of these tags, joined by commas.
    ///
    /// # Panics
    ///
    /// There are not so many tags in the text: one of them holds a comma. In a `static` that is an error of the compiler.
    #[must_use]
    pub const fn new(kind: MetricKind, name: &'static str, tags: &'static str, count: usize) -> Literal {
        let (bytes, mut at, mut commas) = (tags.as_bytes(), 0, 0);
        while at < bytes.len() {
            if bytes[at] == b',' {
                commas += 1;
            }
            at += 1;
        }
        assert!(commas + 1 == count || count == 0, "a tag holds a comma");
        Literal { kind, name, tags, hints: Hints::new() }
    }

    #[inline]
    pub(crate) fn call(&self, client: &Arc<Inner>, value: Value<'_>) {
        client.call_at(&self.hints, (self.kind, self.name.as_bytes(), self.tags.as_bytes()), value);
    }
}

/// Adds to a count whose name and tags are literals: the text of the context is joined when the program is compiled. The context is looked for where
/// this place in the program found it before; a place that calls several clients by turns has to search.
///
/// # Example
///
/// ```
/// use basenji::client::{Client, Environment, Memory};
///
/// let memory = Memory::new();
/// let to = memory.clone();
/// let builder = Client::builder().transport(move || Box::new(to.clone())).environment(Environment::default());
/// let client = builder.origin_detection(false).telemetry(false).build()?;
/// for _ in 0..3 {
///     basenji::count!(client, "visits", 1, "page" => "home", "env" => "dev");
///     basenji::gauge!(client, "queue", 7.5);
/// }
/// client.count("visits", 1, &["page:home", "env:dev"]);
/// client.flush();
/// let mut lines = memory.lines();
/// lines.sort();
/// assert_eq!(lines, ["queue:7.5|g", "visits:4|c|#page:home,env:dev"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! count {
    ($client:expr, $name:literal, $value:expr $(, $key:literal => $tag:literal)* $(,)?) => {
        $crate::literal!($client, Count, $name, $crate::client::Value::I64($value), $($key => $tag),*)
    };
}

/// Sets a gauge whose name and tags are literals, as [`count!`](crate::count) adds to a count.
#[macro_export]
macro_rules! gauge {
    ($client:expr, $name:literal, $value:expr $(, $key:literal => $tag:literal)* $(,)?) => {
        $crate::literal!($client, Gauge, $name, $crate::client::Value::F64($value), $($key => $tag),*)
    };
}

/// A sample of a histogram whose name and tags are literals, as [`count!`](crate::count) adds to a count.
#[macro_export]
macro_rules! histogram {
    ($client:expr, $name:literal, $value:expr $(, $key:literal => $tag:literal)* $(,)?) => {
        $crate::literal!($client, Histogram, $name, $crate::client::Value::F64($value), $($key => $tag),*)
    };
}

/// A sample of a distribution whose name and tags are literals, as [`count!`](crate::count) adds to a count.
#[macro_export]
macro_rules! distribution {
    ($client:expr, $name:literal, $value:expr $(, $key:literal => $tag:literal)* $(,)?) => {
        $crate::literal!($client, Distribution, $name, $crate::client::Value::F64($value), $($key => $tag),*)
    };
}

/// A timing in milliseconds whose name and tags are literals, as [`count!`](crate::count) adds to a count.
#[macro_export]
macro_rules! timing {
    ($client:expr, $name:literal, $value:expr $(, $key:literal => $tag:literal)* $(,)?) => {
        $crate::literal!($client, Timing, $name, $crate::client::Value::F64($value), $($key => $tag),*)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! literal {
    ($client:expr, $kind:ident, $name:literal, $value:expr,) => {
        $crate::literal!(@ $client, $kind, $name, $value, "", 0)
    };
    ($client:expr, $kind:ident, $name:literal, $value:expr, $key:literal => $tag:literal $(, $keys:literal => $tags:literal)*) => {
        $crate::literal!(
            @ $client, $kind, $name, $value,
            concat!($key, ":", $tag $(, ",", $keys, ":", $tags)*),
            [$key $(, $keys)*].len()
        )
    };
    (@ $client:expr, $kind:ident, $name:literal, $value:expr, $tags:expr, $count:expr) => {{
        static LITERAL: $crate::client::Literal =
            $crate::client::Literal::new($crate::core::wire::MetricKind::$kind, $name, $tags, $count);
        $client.literal(&LITERAL, $value)
    }};
}
