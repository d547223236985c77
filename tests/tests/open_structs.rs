//! A struct of the libraries whose fields are all public is `#[non_exhaustive]`, or stands here: [decision 45](../../DECISIONS.md) says why these are open.

use std::fs;
use std::path::Path;

use basenji_tests::bare::root;

/// What callers make, with a literal.
const MADE: [&str; 21] = [
    "CheckCall",
    "ClientTags",
    "Common",
    "Context",
    "Dialect",
    "EventCall",
    "FairShares",
    "Identity",
    "Limits",
    "Memory",
    "MetricCall",
    "Odds",
    "Options",
    "Parts",
    "Retry",
    "SenderConfig",
    "Settings",
    "Source",
    "TagStyle",
    "TransportOptions",
    "View",
];

/// What has these fields by what it is: a message of the protocol, a point, a sum.
const WHOLE: [&str; 22] = [
    "AddressError",
    "Amount",
    "Bin",
    "Change",
    "Counters",
    "EnvironmentProblem",
    "Event",
    "ExternalData",
    "Flaw",
    "Histogram",
    "LocalData",
    "Metric",
    "OriginFields",
    "ParseError",
    "Report",
    "Sent",
    "Series",
    "ServiceCheck",
    "StateError",
    "Summary",
    "Tally",
    "Traffic",
];

/// The open structs of a directory.
fn open(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            open(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = line.strip_prefix("pub struct ").filter(|_| line.ends_with('{')) else { continue };
            let before = lines[..at].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
            let fields = lines[at + 1..].iter().take_while(|line| **line != "}").filter(|line| {
                let is_field = line.starts_with("    ") && !line.starts_with("     ");
                is_field && !line.trim_start().starts_with(['/', '#'])
            });
            let is_open = fields.clone().all(|line| line.starts_with("    pub ")) && fields.count() > 0;
            if is_open && before.into_iter().all(|line| !line.contains("non_exhaustive")) {
                found.push(name.split(['<', ' ']).next().unwrap_or_default().to_owned());
            }
        }
    }
}

#[test]
fn a_struct_whose_fields_are_all_public_is_non_exhaustive_or_argued_for() {
    let mut found = Vec::new();
    for directory in ["core/src", "hosted/src"] {
        open(&root().join(directory), &mut found);
    }
    found.sort_unstable();
    found.dedup();
    let mut argued = [&MADE[..], &WHOLE[..], &["Stats"]].concat();
    argued.sort_unstable();
    assert_eq!(found, argued);
}
