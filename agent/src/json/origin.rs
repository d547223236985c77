//! The origin fields in JSON: `"container_id":..,"external_data":..,"cardinality":..`.

use basenji::core::wire::OriginFields;
use serde::Serialize;

use super::Lossy;

/// The raw text of `c:`, `e:` and `card:`, or null.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Origin<'a> {
    container_id: Option<Lossy<'a>>,
    external_data: Option<Lossy<'a>>,
    cardinality: Option<Lossy<'a>>,
}

impl<'a> From<OriginFields<'a>> for Origin<'a> {
    fn from(fields: OriginFields<'a>) -> Self {
        Origin {
            container_id: fields.local_data.map(Lossy),
            external_data: fields.external_data.map(Lossy),
            cardinality: fields.cardinality.map(Lossy),
        }
    }
}
