//! OpenTelemetry's protocol over HTTP, in Protocol Buffers.

mod attributes;
mod logs;
mod metrics;
mod point;
mod response;
mod room;
mod settings;

#[cfg(test)]
mod tests;

pub(crate) use room::Otlp;
#[cfg(test)]
pub(super) use room::bench;
pub(crate) use settings::OtlpSettings;
