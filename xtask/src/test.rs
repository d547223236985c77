//! `cargo xtask test`: installs what the tests need and runs every one of them.

use crate::packages::Need;
use crate::step::{self, Outcome, usage};
use crate::{
    counts, firmware, fleet, fuzz, interop, kubernetes, node, packages, page, prerequisites, python, siege, simulate,
};

/// Seconds that each fuzz target gets.
const FUZZ_SECONDS: u32 = 5;

/// Seconds of the siege.
const SIEGE_SECONDS: u32 = 20;

/// What the tests need beyond cargo, a C compiler and what firmware needs.
const NEEDS: &[Need] = &[
    Need { purpose: "the README's examples", packages: &["netcat-openbsd"] },
    Need { purpose: "libFuzzer is C++, and so are programs of libbasenji", packages: &["g++"] },
    Need {
        purpose: "C programs, whose compilers and checkers differ",
        packages: &["clang", "valgrind", "libcjson-dev"],
    },
    Need {
        purpose: "C programs are built with what C programs are built with",
        packages: &["binutils", "pkg-config", "cmake", "make", "meson", "ninja-build"],
    },
    Need { purpose: "the live page in a browser, the table in a terminal", packages: &["chromium", "tmux"] },
    Need { purpose: "the Python package", packages: &["python3", "python3-venv", "python3-dev", "python3-dbg"] },
];

/// The steps in order, as `--plan` prints them.
const PLAN: &[&str] = &[
    "system packages",
    "the tests of every crate, conformance, end to end, proofs, documentation examples",
    "vectors and fuzz seeds without overflow checks and debug assertions: the other tests and the fuzz targets have them",
    "instructions of the hot operations: none takes 3 % more than is recorded",
    "the Python package: built, installed, its tests, types and examples",
    "the Node package: built, its tests, types and tarball",
    "clients of others against the daemon, over UDP and Unix sockets, and its sinks against receivers of others",
    "a small fleet before ClickHouse, VictoriaMetrics and Prometheus that stop and lose answers",
    "the live page in a browser",
    "the manifests for Kubernetes: rendered, checked, and a node acted out from them",
    "fuzz targets: the seeds, then a few seconds each",
    "worlds from seeds around the inside of a server, for a minute",
    "the daemon inside a memory limit under every attack at once",
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => (),
        [flag] if flag == "--plan" => {
            PLAN.iter().for_each(|step| println!("{step}"));
            return Ok(());
        }
        _ => return Err(usage("test")),
    }
    prerequisites::check()?;
    println!("==> {}", PLAN[0]);
    let mut complete = true;
    for needs in [firmware::NEEDS, NEEDS, interop::NEEDS] {
        complete &= packages::ensure(needs)?;
    }
    complete &= firmware::has_compiler();

    let mut tests = step::cargo(["test", "--workspace"]);
    // Where everything is installed, a test that skips itself is a test that fails.
    if complete {
        tests.env("BASENJI_NO_SKIP", "1");
    }
    step::run(PLAN[1], &mut tests)?;

    let mut unchecked =
        step::cargo(["test", "--release", "--package", "basenji-tests", "--test", "vectors", "--test", "seeds"]);
    // It is what the code does that is looked at, not how fast.
    unchecked.envs([("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")]);
    step::run(PLAN[2], &mut unchecked)?;

    println!("==> {}", PLAN[3]);
    counts::check()?;

    println!("==> {}", PLAN[4]);
    python::test()?;

    println!("==> {}", PLAN[5]);
    node::test()?;

    println!("==> {}", PLAN[6]);
    interop::clients()?;

    println!("==> {}", PLAN[7]);
    fleet::short()?;

    println!("==> {}", PLAN[8]);
    page::test()?;

    println!("==> {}", PLAN[9]);
    kubernetes::run(&[])?;

    println!("==> {}", PLAN[10]);
    fuzz::targets()?.iter().try_for_each(|target| fuzz::one(target, FUZZ_SECONDS))?;

    println!("==> {}", PLAN[11]);
    simulate::some()?;

    println!("==> {}", PLAN[12]);
    siege::one(SIEGE_SECONDS)?;
    println!(
        "All tests passed{}.",
        if complete { "" } else { ", but for those that were skipped for want of packages" }
    );
    Ok(())
}
