//! Formats that finished series leave in: encoders over byte vectors, without clock, socket or setting.

pub(crate) mod dense;
pub(crate) mod escape;
pub(crate) mod exponential;
pub(crate) mod fields;
pub(crate) mod labels;
pub(crate) mod marks;
pub(crate) mod native;
pub(crate) mod pen;
pub(crate) mod protobuf;
#[cfg(test)]
pub(crate) mod reference;
pub(crate) mod rowbinary;
