//! All rooms.

use super::{Installed, Room};
use super::{clickhouse, datadog, otlp, prometheus, remote_write};
use crate::config::Settings;
use crate::failure::Failure;

/// Every room but the terminal's, in the order of the status.
pub(crate) const ROOMS: &[&dyn Room] =
    &[&datadog::Datadog, &prometheus::Prometheus, &remote_write::RemoteWrite, &otlp::Otlp, &clickhouse::ClickHouse];

/// Whether the settings ask for any sink beside standard output.
pub(crate) fn is_any_wanted(settings: &Settings) -> bool {
    ROOMS.iter().any(|room| room.is_wanted(settings))
}

/// Builds every sink that the settings ask for; what is odd goes to `warnings`.
///
/// # Errors
///
/// The settings of one of them are invalid.
pub(crate) fn build(settings: &Settings, warnings: &mut Vec<String>) -> Result<Vec<Installed>, Failure> {
    let mut installed = Vec::new();
    for room in ROOMS.iter().filter(|room| room.is_wanted(settings)) {
        warnings.extend(room.check(settings)?);
        installed.push(room.build(settings)?);
    }
    Ok(installed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_room_stands_in_the_law_of_accounts_and_in_the_bench_and_has_tests_with_the_daemon() {
        let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let law = include_str!("../../tests/law.rs");
        for name in ROOMS.iter().map(|room| room.name()) {
            assert!(law.contains(&format!("\"{name}\"")), "{name} is not held to the law of accounts (tests/law.rs)");
            assert!(include_str!("bench.rs").contains(&format!("{name}::bench")), "{name} has no row in bench.rs");
            let own = tests.join(format!("{name}.rs")).is_file();
            assert!(
                own || include_str!("../../tests/outlets.rs").contains(&format!("\"{name}\"")),
                "{name} has no test"
            );
        }
    }
}
