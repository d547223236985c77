//! What a message says of its own origin.

use basenji_core::wire::{Cardinality, ExternalData, LocalData, OriginFields, Tags};

/// The fields and tags of one message that name its origin, as they stand in it; empty ones are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Claims<'a> {
    /// `c:`
    local: Option<&'a [u8]>,
    /// `e:`
    external: Option<&'a [u8]>,
    /// `card:`, or else the first `dd.internal.card` tag.
    cardinality: Option<&'a [u8]>,
    /// The last `dd.internal.entity_id` tag.
    entity_id: Option<&'a [u8]>,
}

/// What `dd.internal.entity_id` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntityId<'a> {
    /// Nothing.
    Absent,
    /// `none`: that there is no such pod.
    None,
    /// The uid of a pod.
    Pod(&'a [u8]),
}

impl<'a> Claims<'a> {
    /// Reads the tags, and with `client` also the fields. Cost: a look at the start of each tag.
    pub(super) fn read(tags: Tags<'a>, fields: OriginFields<'a>, client: bool) -> Claims<'a> {
        let fields = if client { fields } else { OriginFields::NONE };
        let mut claims = Claims {
            local: fields.local_data,
            external: fields.external_data,
            cardinality: fields.cardinality,
            entity_id: None,
        };
        for tag in tags {
            let Some(internal) = tag.strip_prefix(b"dd.internal.") else { continue };
            let text = |text: &'a [u8]| (!text.is_empty()).then_some(text);
            if let Some(id) = internal.strip_prefix(b"entity_id:") {
                claims.entity_id = text(id);
            } else if let Some(word) = internal.strip_prefix(b"card:") {
                claims.cardinality = claims.cardinality.or(text(word));
            }
        }
        claims
    }

    /// Appends the claims as text that two messages share if they share these.
    pub(super) fn write(&self, key: &mut Vec<u8>) {
        for claim in [self.local, self.external, self.cardinality, self.entity_id] {
            key.extend_from_slice(claim.unwrap_or_default());
            key.push(b'\n');
        }
    }

    /// What `c:` says.
    pub(super) fn local(&self) -> LocalData<'a> {
        self.local.map(LocalData::parse).unwrap_or_default()
    }

    /// What `e:` says.
    pub(super) fn external(&self) -> ExternalData<'a> {
        self.external.map(ExternalData::parse).unwrap_or_default()
    }

    /// The cardinality that the message asks for; an unknown word counts as absent.
    pub(super) fn cardinality(&self) -> Option<Cardinality> {
        self.cardinality.and_then(Cardinality::parse)
    }

    /// What the tag for it says.
    pub(super) fn entity_id(&self) -> EntityId<'a> {
        match self.entity_id {
            None => EntityId::Absent,
            Some(b"none") => EntityId::None,
            Some(uid) => EntityId::Pod(uid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(tags: &'a [u8], cardinality: Option<&'a [u8]>, client: bool) -> Claims<'a> {
        Claims::read(Tags::Text(tags), OriginFields { cardinality, ..OriginFields::NONE }, client)
    }

    #[test]
    fn the_last_entity_id_holds() {
        for (tags, expected) in [
            (&b"a,b:c"[..], EntityId::Absent),
            (b"dd.internal.entity_id:", EntityId::Absent),
            (b"dd.internal.entity_id:none", EntityId::None),
            (b"dd.internal.entity_id:p1,a,dd.internal.entity_id:p2", EntityId::Pod(b"p2")),
            (b"dd.internal.entity_id:p1,dd.internal.entity_id:", EntityId::Absent),
        ] {
            assert_eq!(read(tags, None, false).entity_id(), expected);
        }
    }

    #[test]
    fn the_cardinality_is_the_fields_or_else_that_of_the_first_tag() {
        let tags = b"dd.internal.card:high,dd.internal.card:low";
        for (tags, field, client, expected) in [
            (&tags[..], Some(&b"orchestrator"[..]), true, Some(Cardinality::Orchestrator)),
            (tags, Some(b"orchestrator"), false, Some(Cardinality::High)),
            (tags, Some(b"wide"), true, None),
            (tags, None, true, Some(Cardinality::High)),
            (b"dd.internal.card:wide,dd.internal.card:low", None, true, None),
            (b"dd.internal.card:,dd.internal.card:NONE", None, true, Some(Cardinality::None)),
            (b"card:high", None, true, None),
        ] {
            assert_eq!(read(tags, field, client).cardinality(), expected);
        }
    }

    #[test]
    fn without_client_origin_detection_the_fields_say_nothing() {
        let fields =
            OriginFields { local_data: Some(b"ci-a"), external_data: Some(b"pu-b"), cardinality: Some(b"high") };
        assert_eq!(Claims::read(Tags::NONE, fields, false), Claims::default());
        let claims = Claims::read(Tags::NONE, fields, true);
        assert_eq!((claims.local().container_id, claims.external().pod_uid), (Some(&b"a"[..]), Some(&b"b"[..])));
    }
}
