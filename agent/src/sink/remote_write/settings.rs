//! Where running totals are sent.

use crate::config::{settings, words};
use crate::delivery::{Secret, SecretUrl};

words! {
    /// The version of the protocol.
    Version, "1 or 2":
    /// 1.0, which everybody takes.
    One = "1",
    /// 2.0, where the receiver says that it has understood it.
    Two = "2",
}

settings! { part RemoteWriteSettings in remote_write {
    "Prometheus" {
        /// URL that running totals are sent to by remote write, as in http://prometheus:9090/api/v1/write
        url: SecretUrl = SecretUrl::default(), "basenji_remote_write_url";
        /// The version of remote write: 1 or 2
        version: Version = Version::One, "basenji_remote_write_version";
        /// Headers of its requests, as in Authorization=Bearer x,X-Scope-OrgID=y
        headers: Secret = Secret::default(), "basenji_remote_write_headers";
    }
} }
