//! What a flush takes beside its bucket: at most [`MOST`] for a million series, however they look, in each encoding.
//!
//! The requests are let go at once, as by a receiver that takes all. Running totals are kept from flush to flush and have a
//! limit of their own, so a flush is measured that finds them there.

use std::env;
use std::fs;
use std::hint::black_box;
use std::process::Command;

use basenji::server::Bucket;

use super::bench::{ENCODINGS, Encoding, alike, bucket, is_compressed};

#[path = "../../../hosted/tests/support/counting.rs"]
mod counting;

const MOST: f64 = (64 << 20) as f64;

const MILLION: usize = 1_000_000;

/// Makes this program one of nothing but the measurement, since the allocator counts for all threads.
const CASE: &str = "BASENJI_TEST_CASE";

/// Series that have neither name nor resource in common.
fn unlike(number: usize) -> [String; 2] {
    let tags = format!(
        "env:prod,service:checkout,version:1.0.2,endpoint:/api/v{}/items,pod_name:checkout-{number:05x}",
        number % 9
    );
    [format!("http.request.{number:05x}"), tags]
}

/// Bytes beyond those of the bucket, and of what is kept between flushes, that a second flush of it takes.
fn peak(&(_, encode): &Encoding, bucket: &Bucket) -> f64 {
    let mut encode = encode();
    black_box(encode(bucket));
    counting::peak(|| black_box(encode(bucket))).1 as f64
}

/// The share of [`MOST`] that does not grow with the series: bodies of a request that are being made, pages.
const FIXED: f64 = (12 << 20) as f64;

/// With a sixteenth of a million, for which tables and vectors have the same share of spare room.
#[test]
fn a_flush_of_a_million_series_would_keep_to_its_memory() {
    if env::var_os(CASE).is_none() {
        let mut own = Command::new(env::current_exe().expect("it has a file"));
        own.args(["--exact", "sink::flush::a_flush_of_a_million_series_would_keep_to_its_memory", "--nocapture"]);
        let output = own.env(CASE, "flush").output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let bucket = bucket("count", MILLION / 16, unlike);
    let most = FIXED + (MOST - FIXED) / 16.0;
    // Compressed bodies are smaller and take the same way, as other pages do.
    let skipped = |name: &str| is_compressed(name) || ["datadog v1", "OpenMetrics", "protobuf"].contains(&name);
    for encoding in ENCODINGS.iter().filter(|(name, _)| !skipped(name)) {
        let taken = peak(encoding, &bucket);
        assert!(taken <= most, "{}: {taken} bytes of {most}", encoding.0);
    }
}

/// A field of `/proc/self/status` in KiB.
fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default()
}

#[test]
#[ignore = "a bench: cargo xtask bench sinks"]
fn a_flush_of_a_million_series_keeps_to_its_memory() {
    println!("MiB beside the bucket, and beside what is kept between flushes: as allocated, and as resident");
    println!("{:<26}{:<14}{:<10}{:>10}{:>12}{:>12}", "encoding", "kind", "series", "number", "allocated", "resident");
    let mut worst = (0.0, "");
    for (kind, series) in [("count", MILLION), ("distribution", MILLION / 10)] {
        for (word, text) in [("alike", alike as fn(usize) -> [String; 2]), ("unlike", unlike)] {
            let bucket = bucket(kind, series, text);
            // Compressed bodies are smaller and take the same way.
            for (name, encode) in ENCODINGS.iter().filter(|(name, _)| !is_compressed(name)) {
                let mut encode = encode();
                black_box(encode(&bucket));
                // The peak begins anew.
                fs::write("/proc/self/clear_refs", "5").expect("Linux");
                let before = status("VmRSS");
                let (_, allocated) = counting::peak(|| black_box(encode(&bucket)));
                let resident = status("VmHWM").saturating_sub(before) << 10;
                let [allocated, resident] = [allocated, resident].map(|bytes| bytes as f64 / f64::from(1 << 20));
                println!("{name:<26}{kind:<14}{word:<10}{series:>10}{allocated:>12.1}{resident:>12.1}");
                if allocated > worst.0 {
                    worst = (allocated, name);
                }
            }
        }
    }
    let (allocated, name) = worst;
    let said = if allocated <= MOST / f64::from(1 << 20) { "met" } else { "missed" };
    println!("\nfor the table of aims:");
    println!(
        "| a flush of a million series within 64 MiB beside its bucket | {allocated:.1} MiB at most: {name} | {said} |"
    );
}
