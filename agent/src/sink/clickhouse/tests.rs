//! Rows byte by byte, requests and their tokens, and what answers mean.

use std::collections::BTreeSet;

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Members, Settings as Aggregation, Source};
use basenji::core::wire::{Event, Metric, ServiceCheck};
use basenji::server::{Bucket, Growing, Memory, Point, Series};

use super::command::of_database;
use super::room::{Rows, judge};
use super::rows::{self, PRECISION, Scratch};
use super::tables::Table;
use crate::config::Settings;
use crate::delivery::{Answer, Payload, Verdict};
use crate::example::{Held, hex, series};

fn row(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    hex(&out)
}

/// `a`, `h`, `{'k':'v','t':''}`, the time 0.
const BEGIN: &str = "0161 0168 02 016b 0176 0174 00 00000000";

fn expected(rest: &str) -> String {
    format!("{BEGIN}{rest}").replace(' ', "")
}

#[test]
fn a_number_is_its_bits() {
    let one = series("a", "h", "k:v,t", Point::Count(2.5));
    assert_eq!(row(|out| rows::number(&one, "other", 2.5, out)), expected("0000000000000440"));
    let hostless = series("a", "", "", Point::Gauge(-1.0));
    assert_eq!(row(|out| rows::number(&hostless, "other", -1.0, out)), "0161056f746865720000000000000000000000f0bf");
}

#[test]
fn a_sketch_is_its_bins_by_key_with_count_sum_least_and_largest() {
    // The known answer of the bins {-1635: 1, 0: 2, 1338: 3}.
    let held = Held::of(&[-100.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let one = series("a", "h", "k:v,t", held.point());
    let keys = "03 9df9 0000 3a05";
    let counts = "03 0100000000000000 0200000000000000 0300000000000000";
    let summary = "0600000000000000 00000000004058c0 00000000000059c0 000000000000f03f";
    let mut scratch = Scratch::default();
    for _ in 0..2 {
        let found = row(|out| rows::sketch(&one, "", &held.sketch(), &mut scratch, out));
        assert_eq!(found, expected(&format!("{keys} {counts} {summary}")));
    }
}

#[test]
fn a_key_of_several_bins_stands_once() {
    let whole = Held::of(&[1.0]);
    let held = Held::bins(whole.sketch().summary(), &[(1338, u32::MAX), (1338, 2), (1400, 1)]);
    let one = series("a", "h", "k:v,t", held.point());
    let found = row(|out| rows::sketch(&one, "", &held.sketch(), &mut Scratch::default(), out));
    assert!(found.contains(&"02 3a05 7805 02 0100000001000000 0100000000000000".replace(' ', "")), "{found}");
}

#[test]
fn a_set_is_its_registers_whether_it_has_members_or_registers() {
    let one = series("a", "h", "k:v,t", Point::Set(3));
    let top = u64::from(5_u16) << 50;
    // Register 5 with ranks 1 and 3, register 16383 with the rank of no bit at all.
    let hashes = [0, top | 1 << 49, 0, top | 1 << 47, u64::MAX << 50];
    let of = |members| row(|out| rows::set(&Series { members, ..one }, "", &mut Scratch::default(), out));
    let of_hashes = of(Members::from_parts(&hashes, 0));
    assert_eq!(of_hashes, expected("02 0500 ff3f 02 03 33"));
    let mut registers = vec![0_u64; 2048];
    (registers[0], registers[2047]) = (3 << 40, 51 << 56);
    let members = Members::from_parts(&registers, PRECISION);
    assert_eq!(of(members), of_hashes);
    let none = of(Members::NONE);
    assert_eq!(none, expected("00 00"));
    assert_eq!(Aggregation::default().set_precision, PRECISION, "the table has as many registers");
}

#[test]
fn events_and_checks_are_rows_with_their_time() {
    let event = Event::parse(b"_e{1,4}:T|a\\nb|d:5|h:web|k:key|p:low|s:src|t:error|#k:v").unwrap();
    let expected = "05000000 03776562 0154 03610a62 01 016b 0176 036b6579 03737263 036c6f77 056572726f72";
    assert_eq!(row(|out| rows::event(&event, "h", out)), expected.replace(' ', ""));
    let check = ServiceCheck::parse(b"_sc|up|2|d:6|#k:v|m:no").unwrap();
    let expected = "027570 0168 01 016b 0176 06000000 02 026e6f";
    assert_eq!(row(|out| rows::check(&check, "h", out)), expected.replace(' ', ""));
}

/// The requests of a flush of these lines.
fn requests(rows: &mut Rows, lines: &[&str]) -> Vec<Payload> {
    let settings = Aggregation { set_members: true, ..Aggregation::default() };
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), settings);
    for line in lines {
        let metric = Metric::parse(line.as_bytes()).unwrap();
        aggregator.record(&metric, &Source::default(), Time::from_secs(5)).unwrap();
    }
    let mut bucket = Bucket::at(Time::from_secs(20));
    bucket.extend(aggregator.flush_all(Time::from_secs(20)));
    let mut payloads = Vec::new();
    rows.make(&bucket, &mut |payload| payloads.push(payload), &mut |reason, _| panic!("{reason:?}"));
    payloads
}

#[test]
fn each_kind_goes_to_its_table_and_every_batch_has_a_token_of_its_own() {
    let mut rows = Rows::new(&Settings::default()).unwrap();
    let lines = ["c:1|c", "c:1|c|#a:b", "g:1|g", "s:x|s", "h:1|h", "t:1|ms", "d:1|d"];
    let mut tokens = BTreeSet::new();
    for _ in 0..3 {
        let payloads = requests(&mut rows, &lines);
        let amounts: Vec<_> = payloads.iter().map(|payload| payload.amount.series).collect();
        assert_eq!(amounts, [2, 1, 2, 1, 1]);
        for payload in payloads {
            let (query, token) = payload.head.path.split_once("&insert_deduplication_token=").unwrap();
            assert!(query.starts_with("/?query=INSERT%20INTO%20%60basenji%60%2E"), "{query}");
            assert!(query.contains("%20FORMAT%20RowBinary&async_insert=1&wait_for_async_insert=1"), "{query}");
            assert!(tokens.insert((query.to_owned(), token.to_owned())), "{token}");
        }
    }
    let others = requests(&mut Rows::new(&Settings::default()).unwrap(), &lines);
    let token = |payload: &Payload| payload.head.path.rsplit_once('=').unwrap().1.to_owned();
    assert!(others.iter().all(|payload| tokens.iter().all(|(_, known)| *known != token(payload))));
}

#[test]
fn what_passes_is_sent_again_and_what_does_not_is_dropped() {
    let judged = |status, code: Option<&str>| {
        let headers = code.map(|code| ("x-clickhouse-exception-code".to_owned(), code.to_owned()));
        judge(&Answer { status, headers: headers.into_iter().collect(), body: b"Code: 1".to_vec() })
    };
    assert_eq!(judged(200, None), Verdict::Delivered);
    for (status, code) in [(500, Some("252")), (500, Some("241")), (404, Some("60")), (503, None), (429, None)] {
        assert!(matches!(judged(status, code), Verdict::Retry { .. }), "{status} {code:?}");
    }
    for (status, code, lasting) in
        [(400, Some("27"), false), (500, Some("33"), false), (403, Some("516"), true), (401, None, true)]
    {
        assert!(
            matches!(judged(status, code), Verdict::Refused { is_lasting, .. } if is_lasting == lasting),
            "{status}"
        );
    }
}

#[test]
fn the_schema_has_every_table_and_column_and_another_name_of_the_database_is_everywhere() {
    let schema = include_str!("../../../deploy/clickhouse/schema.sql");
    for table in Table::ALL {
        let start = schema.find(&format!("`basenji`.{} (", table.name())).unwrap_or_else(|| panic!("{table:?}"));
        let definition = &schema[start..start + schema[start..].find("ENGINE").unwrap()];
        let columns: Vec<_> =
            definition.lines().skip(1).filter_map(|line| line.trim().split_once(' ')).map(|(name, _)| name).collect();
        let columns: Vec<_> = columns.into_iter().filter(|name| *name != ")").collect();
        assert_eq!(columns.join(","), table.columns(), "{table:?}");
    }
    let other = of_database(schema, "a`b");
    assert!(!other.contains("`basenji`") && other.contains("CREATE DATABASE IF NOT EXISTS `a\\`b`;"));
}
