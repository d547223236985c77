//! `cargo xtask test`: installs what the tests need and runs every one of them.

use crate::packages::Need;
use crate::{Outcome, firmware, fuzz, interop, kubernetes, node, packages, python, step, usage};

/// Seconds that each fuzz target gets.
const FUZZ_SECONDS: u32 = 5;

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
    Need { purpose: "the Python package", packages: &["python3", "python3-venv", "python3-dev"] },
];

/// The steps in order, as `--plan` prints them.
const PLAN: &[&str] = &[
    "system packages",
    "the tests of every crate, conformance, end to end, proofs, documentation examples",
    "the Python package: built, installed, its tests, types and examples",
    "the Node package: built, its tests, types and tarball",
    "clients of others against the daemon, over UDP and Unix sockets",
    "the manifests for Kubernetes: rendered, checked, and a node acted out from them",
    "fuzz targets: the seeds, then a few seconds each",
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
    println!("==> {}", PLAN[0]);
    let mut complete = true;
    for needs in [firmware::NEEDS, NEEDS, interop::NEEDS] {
        complete &= packages::ensure(needs)?;
    }

    let mut tests = step::cargo(["test", "--workspace"]);
    // Where everything is installed, a test that skips itself is a test that fails.
    if complete {
        tests.env("BASENJI_NO_SKIP", "1");
    }
    step::run(PLAN[1], &mut tests)?;

    println!("==> {}", PLAN[2]);
    python::test()?;

    println!("==> {}", PLAN[3]);
    node::test()?;

    println!("==> {}", PLAN[4]);
    interop::clients()?;

    println!("==> {}", PLAN[5]);
    kubernetes::run(&[])?;

    println!("==> {}", PLAN[6]);
    fuzz::targets()?.iter().try_for_each(|target| fuzz::one(target, FUZZ_SECONDS))?;
    println!(
        "All tests passed{}.",
        if complete { "" } else { ", but for those that were skipped for want of packages" }
    );
    Ok(())
}
