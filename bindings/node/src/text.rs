//! Bytes of the protocol as JavaScript's strings, objects by their fields.
//!
//! What is not UTF-8 becomes U+FFFD here, at the edge where it leaves, and nowhere before.

use basenji::core::wire::{OriginFields, Tags};
use napi::bindgen_prelude::*;

/// The text of `bytes`.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The text of what is there.
pub(crate) fn maybe(bytes: Option<&[u8]>) -> Option<String> {
    bytes.map(text)
}

/// The tags as they stand.
pub(crate) fn tags(tags: Tags<'_>) -> Vec<String> {
    tags.iter().map(text).collect()
}

/// Sets `containerId`, `externalData` and `cardinality`.
pub(crate) fn set_origin(object: &mut Object<'_>, origin: OriginFields<'_>) -> Result<()> {
    object.set("containerId", maybe(origin.local_data))?;
    object.set("externalData", maybe(origin.external_data))?;
    object.set("cardinality", maybe(origin.cardinality))
}
