//! The daemon under a wall clock that is set: a library that is loaded before the system's moves what `clock_gettime` says of it.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use support::{Daemon, basenji};

/// Adds the seconds in the file `CLOCK_OFFSET` to the wall clock.
const SHIFT: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    const char *path = getenv("CLOCK_OFFSET");
    if (result == 0 && clock == CLOCK_REALTIME && path != NULL) {
        FILE *file = fopen(path, "r");
        long offset = 0;
        if (file != NULL) {
            if (fscanf(file, "%ld", &offset) == 1) time->tv_sec += offset;
            fclose(file);
        }
    }
    return result;
}
"#;

/// The library in `directory`; nothing where there is no C compiler.
fn library(directory: &Path) -> Option<String> {
    let (source, library) = (directory.join("shift.c"), directory.join("shift.so"));
    fs::write(&source, SHIFT).expect("there is room");
    let mut compile = Command::new("cc");
    let compiled = compile.args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).status();
    compiled.is_ok_and(|status| status.success()).then(|| library.to_str().expect("the path is UTF-8").to_owned())
}

/// Reads lines up to the one of this metric.
fn wait_for(daemon: &mut Daemon, metric: &str) -> Value {
    loop {
        let line = daemon.read_line();
        let object: Value = serde_json::from_str(&line).expect("it is JSON");
        if object["metric"] == metric {
            return object;
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

#[test]
fn a_bucket_is_shown_in_time_and_with_an_honest_timestamp_when_the_clock_is_set() {
    let directory = tempfile::tempdir().expect("there is room for a directory");
    let Some(library) = library(directory.path()) else {
        assert!(std::env::var_os("BASENJI_NO_SKIP").is_none(), "there is no C compiler");
        println!("skipped: there is no C compiler");
        return;
    };
    let offset = directory.path().join("offset");
    fs::write(&offset, "0").expect("there is room");
    let mut command = basenji();
    command.args(["--port", "0", "--bucket-secs", "3", "--no-telemetry"]);
    command.env("LD_PRELOAD", library).env("CLOCK_OFFSET", &offset);
    let mut daemon = Daemon::start_with(&mut command, 1);

    for (name, hours) in [("before", 0), ("back", -1), ("ahead", 1), ("home", 0i64)] {
        // Whole, or the daemon could read a part of it.
        let next = directory.path().join("next");
        fs::write(&next, (hours * 3600).to_string()).expect("there is room");
        fs::rename(&next, &offset).expect("it can be moved");
        let begun = (Instant::now(), now());
        daemon.send(format!("{name}:1|c").as_bytes());
        let shown = wait_for(&mut daemon, name);
        assert!(begun.0.elapsed() < Duration::from_secs(60), "{name} was shown after {:?}", begun.0.elapsed());
        let timestamp = shown["timestamp"].as_i64().expect("a number") - hours * 3600;
        let timestamp = u64::try_from(timestamp).expect("it is after 1970");
        assert!((begun.1 - 3..=now()).contains(&timestamp), "{shown} was sent at {}", begun.1);
    }
    assert!(daemon.stop().is_empty());
}
