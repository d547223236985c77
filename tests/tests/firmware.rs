//! Programs without an operating system, on boards that QEMU plays: what each prints, and what a device's datagrams come to in a real daemon.

use std::fs;
use std::path::{Path, PathBuf};

use basenji_tests::bare::{CORTEX_M3, CORTEX_M4F, Machine, built, root};
use basenji_tests::c_firmware::{BUILD, Program, flash};
use basenji_tests::c_vectors;
use basenji_tests::daemon::Daemon;
use basenji_tests::footprint::{Footprints, README, split};
use basenji_tests::naive::Tail;
use basenji_tests::skip::skip;
use basenji_tests::vectors;
use serde_json::{Value, json};
use show::Receiver;

#[path = "../firmware/programs/src/bin/vectors/show.rs"]
#[allow(unreachable_pub, reason = "it is the firmware's file")]
mod show;

#[test]
fn client_parser_and_aggregator_work_together_on_one_chip() {
    for machine in [CORTEX_M3, CORTEX_M4F] {
        let printed = programs(&machine).and_then(|programs| run(&machine, &programs.join("loopback"), &[], &[]));
        match printed {
            Ok(printed) => assert_eq!(printed, LOOPBACK, "on a {}", machine.name),
            Err(reason) => return skip(&reason),
        }
    }
}

/// Of a hundred turns in ten seconds the client has flushed 84 when the server's first bucket ends.
const LOOPBACK: &str = "\
refused: the value is not a number (a name must not contain ':') (at byte 11)
refused: expected a ':' between the name and the value (at byte 10)
refused: the type is none of c, g, ms, h, d, s (at byte 8)
check pump.ready is ok
event of 7 bytes
pump.turns#direction:left,site:north count=84
pump.turns#direction:left,site:north count=16
pump.pressure#site:north gauge=3.25
pump.pressure#site:north gauge=4.75
pump.cycle#site:north max=6 median=3 avg=3 count=84 95percentile=6
pump.cycle#site:north max=6 median=2 avg=2.6875 count=16 95percentile=6
pump.flow#site:north distribution min=0 max=4
pump.flow#site:north distribution min=0 max=4
pump.valves#site:north set=2
pump.valves#site:north set=2
";

#[test]
fn every_vector_is_on_a_small_machine_what_it_is_on_a_large_one() {
    let table = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vectors.table");
    let records: Vec<_> = vectors::DATAGRAM_FILES.into_iter().flat_map(vectors::datagrams).map(record).collect();
    let numbers = numbers().map(|datagram| (0, datagram));
    let (mut receiver, mut bytes, mut expected) = (Box::new(Receiver::new()), Vec::new(), String::new());
    for (flags, datagram) in records.into_iter().chain(numbers) {
        receiver.datagram(flags, &datagram, &mut expected).unwrap();
        bytes.push(flags);
        bytes.extend(u32::try_from(datagram.len()).unwrap().to_le_bytes());
        bytes.extend(datagram);
    }
    receiver.flush(&mut expected).unwrap();
    assert!(expected.lines().count() > 2000, "{expected}");
    fs::write(&table, bytes).unwrap();
    for machine in [CORTEX_M3, CORTEX_M4F] {
        let arguments = [table.to_str().expect("the path is UTF-8")];
        let printed = programs(&machine).and_then(|programs| run(&machine, &programs.join("vectors"), &[], &arguments));
        match printed {
            Ok(printed) => {
                for (line, (printed, expected)) in printed.lines().zip(expected.lines()).enumerate() {
                    assert_eq!(printed, expected, "line {line} on a {}", machine.name);
                }
                assert_eq!(printed.len(), expected.len(), "on a {}", machine.name);
            }
            Err(reason) => return skip(&reason),
        }
    }
}

/// The flags and bytes of a vector.
fn record(vector: vectors::Datagram) -> (u8, Vec<u8>) {
    let flags = match vector.tail {
        Tail::Parsed => 0,
        Tail::Unterminated => show::EOL_REQUIRED,
        Tail::Truncated => show::TRUNCATED,
    };
    (flags, vector.input)
}

/// Numbers of all sizes and lengths, which a small machine reads by other code: a pattern of bits each, cut to some digits.
fn numbers() -> impl Iterator<Item = Vec<u8>> {
    let bits = std::iter::successors(Some(1u64), |bits| Some(bits.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1)));
    let finite = bits.map(f64::from_bits).filter(|value| value.is_finite()).take(1500).enumerate();
    let texts = finite.map(|(place, value)| match place % 3 {
        0 => format!("{value:e}"),
        1 => format!("{:.*e}", place % 25, value),
        _ => format!("{:.*}", place % 12, (value.to_bits() >> 20) as f64 / 1e7),
    });
    texts.map(|text| format!("n:{text}|g\n").into_bytes())
}

#[test]
fn every_vector_is_what_it_says_through_the_c_abi_on_a_small_machine() {
    let table = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vectors-table.c");
    fs::write(&table, c_vectors::table()).unwrap();
    let sources = [root().join("tests/firmware/c/vectors.c"), table];
    for machine in [CORTEX_M3, CORTEX_M4F] {
        let program = Program::link(machine, &work(&machine), "c-vectors", &sources, true);
        match program.and_then(|program| program.run()) {
            Ok(printed) => c_vectors::check(&printed),
            Err(reason) => return skip(&reason),
        }
    }
}

#[test]
fn the_example_in_c_sends_what_it_says() {
    let page = fs::read_to_string(root().join("ffi/README.md")).unwrap();
    assert!(page.contains(&format!("$ cargo {BUILD} --target {}\n", CORTEX_M3.target)), "the page builds otherwise");
    for machine in [CORTEX_M3, CORTEX_M4F] {
        let sources = [root().join("ffi/examples/firmware.c")];
        let program = Program::link(machine, &work(&machine), "c-example", &sources, false);
        match program.and_then(|program| program.run()) {
            Ok(printed) => assert_eq!(printed, PUMP, "on a {}", machine.name),
            Err(reason) => return skip(&reason),
        }
    }
}

#[test]
fn what_calls_take_of_the_flash_is_what_the_page_says() {
    let page = fs::read_to_string(root().join("ffi/README.md")).unwrap();
    let (_, table) = page.split_once("| calls | flash |\n| --- | ---: |\n").expect("the page has the table");
    let rows: Vec<_> = table.lines().take_while(|line| line.starts_with("| `bj_")).collect();
    assert!(rows.len() > 4, "{rows:?}");
    let (mut measured, mut differ) = (String::new(), false);
    for row in rows {
        let calls: Vec<_> = row.split('`').skip(1).step_by(2).collect();
        let bytes = match flash(&CORTEX_M3, &work(&CORTEX_M3), &calls) {
            Ok(bytes) => bytes,
            Err(reason) => return skip(&reason),
        };
        let (names, _) = row.trim_end_matches(" |").rsplit_once(" | ").expect("two cells");
        measured += &format!("{names} | {bytes} |\n");
        differ |= different_cells(row, &format!("{names} | {bytes} |")).next().is_some();
    }
    assert!(!differ, "ffi/README.md says otherwise:\n{measured}");
}

/// A flush each two seconds, and one at the end.
const PUMP: &str = "\
pump.turns:401|c|#valve:left,site:north
pump.pressure:5.5|g|#site:north
pump.stroke:12.25:12.25:12.25:12.25|ms|#valve:left,site:north
pump.turns:400|c|#valve:left,site:north
pump.pressure:5.5|g|#site:north
pump.stroke:12.25:12.25:12.25:12.25|ms|#valve:left,site:north
_e{7,7}:stopped|by hand|#site:north
pump.turns:199|c|#valve:left,site:north
pump.pressure:5.5|g|#site:north
pump.stroke:12.25:12.25|ms|#valve:left,site:north
2011 calls in 3 datagrams
";

#[test]
fn a_device_sends_through_its_ethernet_controller_to_the_daemon() {
    for machine in [CORTEX_M3, CORTEX_M4F] {
        let programs = match programs(&machine) {
            Ok(programs) => programs,
            Err(reason) => return skip(&reason),
        };
        // Its bucket does not end during the test.
        let daemon = Daemon::start(&["--package", "basenji-agent"], &["--format", "json", "--bucket-secs", "3600"]);
        // 10.0.2.2 is the host, as QEMU's guests see it.
        let server = format!("10.0.2.2:{}", daemon.port());
        match run(&machine, &programs.join("device"), &["-nic", "user,model=lan9118"], &[&server]) {
            Ok(said) => {
                let lines = daemon.stop();
                let series: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
                check_device(&said, &series.expect("the daemon prints JSON lines"));
            }
            Err(reason) => return skip(&reason),
        }
    }
}

#[test]
fn the_tables_of_the_core_are_what_is_measured_and_keep_to_their_limits() {
    let measured = match Footprints::measure(work) {
        Ok(measured) => measured,
        Err(reason) => return skip(&reason),
    };
    assert_eq!(measured.broken(), [""; 0]);
    let page = fs::read_to_string(root().join(README)).unwrap();
    let (_, shown, _) = split(&page).expect("the page has the tables");
    let tables = measured.tables();
    let differences: Vec<_> = different_cells(shown, &tables).collect();
    assert!(differences.is_empty(), "`cargo xtask firmware --write` mends {README}: {differences:#?}");
}

/// The cells that are not the same in both, or as numbers more than a twentieth apart: another compiler is none of our changes.
fn different_cells<'a>(shown: &'a str, measured: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let cells = |text: &'a str| text.split('|').map(str::trim);
    let missing = cells(shown).count() != cells(measured).count();
    let is_near = |(shown, measured): &(&str, &str)| {
        shown == measured
            || matches!((shown.parse::<f64>(), measured.parse::<f64>()), (Ok(shown), Ok(measured))
                if (shown - measured).abs() <= measured / 20.0)
    };
    let pairs = cells(shown).zip(cells(measured)).filter(move |pair| !is_near(pair));
    missing.then_some(("a table", "another table")).into_iter().chain(pairs)
}

#[test]
fn tables_are_compared_cell_by_cell() {
    let differ = |shown, measured| different_cells(shown, measured).next().is_some();
    assert!(!differ("| a | 100 |\n", "| a | 104 |\n"));
    assert!(differ("| a | 100 |\n", "| a | 106 |\n"));
    assert!(differ("| a | 100 |\n", "| b | 100 |\n"));
    assert!(differ("| a | 100 |\n", "| a | 100 | 1 |\n"));
}

/// Compares what a device says that it did with the series of the daemon.
fn check_device(said: &str, series: &[Value]) {
    let words: Vec<&str> = said.split_whitespace().collect();
    let [calls, "calls,", datagrams, "datagrams,", "0", "dropped"] = words[..] else {
        panic!("the device said {said:?}");
    };
    assert_eq!(calls, "15100");
    let datagrams: f64 = datagrams.parse().unwrap();
    // A hundred milliseconds, flushed each twenty.
    assert!(datagrams >= 5.0, "{datagrams} datagrams");

    let of = |metric: &str| {
        let mut found = series.iter().filter(|object| object["metric"] == metric);
        let object = found.next().unwrap_or_else(|| panic!("no {metric} in {series:?}"));
        assert!(found.next().is_none(), "{metric} is one series");
        object
    };
    let steps = of("device.steps");
    assert_eq!((&steps["kind"], &steps["value"]), (&json!("count"), &json!(5000.0)));
    assert_eq!(steps["tags"], json!(["board:mps2", "phase:run"]));
    let progress = of("device.progress");
    assert_eq!((&progress["kind"], &progress["value"]), (&json!("gauge"), &json!(0.9998)));
    assert_eq!(progress["tags"], json!(["board:mps2"]));
    let load = of("device.load");
    assert_eq!(load["kind"], "distribution");
    let sketch = &load["sketch"];
    let numbers = ["count", "min", "max", "sum"].map(|number| sketch[number].as_f64().unwrap());
    assert_eq!(numbers, [100.0, 0.0, 99.0, 4950.0]);
    let channels = of("device.channels");
    assert_eq!((&channels["kind"], &channels["value"]), (&json!("set"), &json!(2.0)));
    assert_eq!(of("basenji.datagrams")["value"], json!(datagrams));
}

/// The target directory for a machine, which `no_panic.rs` has as well.
fn work(machine: &Machine) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("freestanding").join(machine.target)
}

/// Builds the Rust programs of `tests/firmware` and says where they are.
fn programs(machine: &Machine) -> Result<PathBuf, String> {
    let work = work(machine);
    machine.gcc()?;
    let mut build = machine.cargo()?;
    build.args(["build", "--quiet", "--locked", "--profile", "firmware", "--package", "basenji-firmware"]);
    build.args(["--target", machine.target, "--target-dir"]).arg(&work).current_dir(root().join("tests/firmware"));
    let output = build.output().expect("cargo is there");
    assert!(output.status.success(), "{build:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(built(&work, machine))
}

/// What a program prints that ends with exit code 0.
fn run(machine: &Machine, program: &Path, options: &[&str], arguments: &[&str]) -> Result<String, String> {
    let output = machine.run(program, options, arguments)?;
    let printed = String::from_utf8(output.stdout).expect("the programs print UTF-8");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} on a {}: {printed}{complaint}", program.display(), machine.name);
    Ok(printed)
}
