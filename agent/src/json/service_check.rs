//! Service checks in JSON.

use std::borrow::Cow;

use basenji::core::wire::ServiceCheck;
use serde::Serialize;

use super::Lossy;
use super::origin::Origin;
use super::tags::sorted;

/// `{"service_check":{..}}`: a service check as the daemon hands it on.
#[derive(Serialize)]
pub(crate) struct ServiceCheckLine<'a> {
    service_check: Fields<'a, Vec<Cow<'a, str>>>,
}

impl<'a> ServiceCheckLine<'a> {
    /// The line of `check`, with the origin fields if the daemon keys by them.
    pub(crate) fn new(check: &ServiceCheck<'a>, with_origin: bool) -> Self {
        ServiceCheckLine { service_check: Fields::new(check, sorted(check.tags), with_origin) }
    }
}

/// The fields of a service check by their long names; `T` is how its tags are shown.
#[derive(Serialize)]
pub(super) struct Fields<'a, T> {
    name: Lossy<'a>,
    status: u8,
    timestamp: Option<i64>,
    host: Option<Lossy<'a>>,
    message: Option<Lossy<'a>>,
    tags: T,
    #[serde(flatten)]
    origin: Option<Origin<'a>>,
}

impl<'a, T> Fields<'a, T> {
    pub(super) fn new(check: &ServiceCheck<'a>, tags: T, with_origin: bool) -> Self {
        Fields {
            name: Lossy(check.name),
            status: check.status as u8,
            timestamp: check.timestamp,
            host: check.hostname.map(Lossy),
            message: check.message.map(Lossy),
            tags,
            origin: with_origin.then(|| check.origin.into()),
        }
    }
}
