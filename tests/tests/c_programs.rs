//! Programs in C and C++ that use libbasenji: the tests of `ffi/tests` and the examples, as they are, under sanitizers that look into the library
//! too, and under valgrind.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use basenji_tests::bare::{clean, root};
use basenji_tests::programs::{is_there, succeed, text};
use basenji_tests::skip::skip;

/// The programs of `ffi/tests`, each of which says in the end that all is well.
const PROGRAMS: [&str; 10] = [
    "face.cpp",
    "face_options.cpp",
    "fork.c",
    "lives.c",
    "misuse.c",
    "options.c",
    "pull.c",
    "roundtrip.c",
    "server_options.c",
    "transport.c",
];

const WELL: &str = "all is well\n";

/// How a program is built.
#[derive(Clone, Copy, PartialEq)]
enum Build {
    /// With the shared library.
    Shared,
    /// With an archive, and AddressSanitizer in both; and UndefinedBehaviorSanitizer in the program.
    Sanitized,
}

use Build::{Sanitized, Shared};

fn work() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-programs");
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The directory of `libbasenji.so` and `libbasenji.so.0`.
static SHARED: LazyLock<PathBuf> = LazyLock::new(|| {
    build(&["--crate-type", "cdylib"], |_| ());
    // Beside `deps`, where the test itself stands.
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).expect("cargo builds there");
    for name in ["libbasenji.so", "libbasenji.so.0"] {
        fs::copy(built.join("libbasenji_ffi.so"), work().join(name)).unwrap();
    }
    work()
});

/// The archive with AddressSanitizer in it.
static SANITIZED: LazyLock<PathBuf> = LazyLock::new(|| {
    let version = text(&succeed(Command::new("rustc").arg("-vV")));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("it says where it runs");
    let directory = work().join("sanitized");
    // A released compiler has the sanitizer, but wants to be told twice.
    build(&["--crate-type", "staticlib", "--target", host], |cargo| {
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address").arg("--target-dir").arg(&directory);
    });
    directory.join(host).join("debug/libbasenji_ffi.a")
});

/// Builds the library.
fn build(options: &[&str], change: impl FnOnce(&mut Command)) {
    let mut cargo = Command::new(env!("CARGO"));
    clean(&mut cargo);
    cargo.current_dir(root()).args(["rustc", "--quiet", "--package", "basenji-ffi", "--lib"]).args(options);
    change(&mut cargo);
    succeed(&mut cargo);
}

/// Compiles a program of `ffi/`.
fn compile(source: &str, build: Build) -> PathBuf {
    let (compiler, standard) = if source.ends_with(".cpp") { ("g++", "c++17") } else { ("gcc", "gnu11") };
    compile_with(compiler, &[&format!("-std={standard}")], source, build)
}

fn compile_with(compiler: &str, options: &[&str], source: &str, build: Build) -> PathBuf {
    let kind = if build == Sanitized { "sanitized" } else { "shared" };
    let program = work().join(format!("{}-{compiler}-{kind}", source.replace('/', "-")));
    let mut command = Command::new(compiler);
    command.args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"]).args(options);
    command.arg("-I").arg(root().join("ffi/include")).arg(root().join("ffi").join(source)).arg("-o").arg(&program);
    match build {
        Shared => {
            command.arg("-L").arg(&*SHARED).arg("-lbasenji").arg(format!("-Wl,-rpath,{}", SHARED.display()));
        }
        Sanitized => {
            command.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]).arg(&*SANITIZED);
        }
    }
    succeed(command.args(["-lpthread", "-lm", "-ldl"]));
    program
}

/// valgrind, for which every fault is an error, and every leak.
fn valgrind() -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--fair-sched=yes"]);
    command.arg("--errors-for-leak-kinds=definite,indirect,possible");
    command.arg(format!("--suppressions={}", root().join("ffi/tests/valgrind.supp").display()));
    command
}

fn says_that_all_is_well(program: &mut Command) {
    assert_eq!(text(&succeed(program)), WELL);
}

#[test]
fn every_program_is_run() {
    let files = fs::read_dir(root().join("ffi/tests")).unwrap().map(|entry| entry.unwrap().file_name());
    let names = files.map(|name| name.to_str().unwrap().to_owned());
    let programs: BTreeSet<_> = names.filter(|name| name.ends_with(".c") || name.ends_with(".cpp")).collect();
    assert_eq!(programs, PROGRAMS.into_iter().chain(["planted.c"]).map(str::to_owned).collect());
}

#[test]
fn the_programs_say_that_all_is_well() {
    for name in PROGRAMS {
        says_that_all_is_well(&mut Command::new(compile(&format!("tests/{name}"), Shared)));
    }
}

#[test]
fn the_face_for_cpp_needs_neither_exceptions_nor_type_information() {
    for (compiler, standard) in [("g++", "-std=c++20"), ("clang++", "-std=c++17")] {
        if !is_there(compiler) {
            skip(&format!("{compiler} is not installed"));
            continue;
        }
        let options = [standard, "-fno-exceptions", "-fno-rtti", "-Wshadow", "-Wconversion"];
        says_that_all_is_well(&mut Command::new(compile_with(compiler, &options, "tests/face.cpp", Shared)));
    }
}

#[test]
fn the_programs_are_clean_under_the_sanitizers() {
    for name in PROGRAMS {
        says_that_all_is_well(Command::new(compile(&format!("tests/{name}"), Sanitized)).arg("20000"));
    }
}

#[test]
fn the_programs_leak_nothing_and_read_nothing_wrong_under_valgrind() {
    if !is_there("valgrind") {
        return skip("valgrind is not installed");
    }
    for name in PROGRAMS {
        let mut command = valgrind();
        if ["fork.c", "lives.c"].contains(&name) {
            // A child leaves what its parent's threads held where it is.
            command.arg("--leak-check=no");
        }
        says_that_all_is_well(command.arg(compile(&format!("tests/{name}"), Shared)).arg("2000"));
    }
}

#[test]
fn what_looks_for_faults_finds_those_that_were_planted() {
    let complaint = |command: &mut Command| {
        let Output { status, stderr, .. } = command.output().unwrap();
        (status.success(), String::from_utf8_lossy(&stderr).into_owned())
    };
    let sanitized = compile("tests/planted.c", Sanitized);
    assert!(complaint(Command::new(&sanitized).arg("none")).0);
    for (fault, found) in
        [("after-free", "heap-use-after-free"), ("leak", "LeakSanitizer"), ("overflow", "signed integer overflow")]
    {
        let (passed, said) = complaint(Command::new(&sanitized).arg(fault));
        assert!(!passed && said.contains(found), "{fault}: {said}");
    }
    if !is_there("valgrind") {
        return skip("valgrind is not installed");
    }
    let shared = compile("tests/planted.c", Shared);
    assert!(complaint(valgrind().arg(&shared).arg("none")).0);
    for (fault, found) in [("after-free", "Invalid read"), ("leak", "definitely lost")] {
        let (passed, said) = complaint(valgrind().arg(&shared).arg(fault));
        assert!(!passed && said.contains(found), "{fault}: {said}");
    }
}

#[test]
fn the_examples_do_what_they_say() {
    examples(Shared, Command::new);
}

#[test]
fn the_examples_are_clean_under_the_sanitizers() {
    examples(Sanitized, Command::new);
}

#[test]
fn the_examples_leak_nothing_and_read_nothing_wrong_under_valgrind() {
    if !is_there("valgrind") {
        return skip("valgrind is not installed");
    }
    examples(Shared, |program| {
        let mut command = valgrind();
        command.arg(program);
        command
    });
}

/// Runs the examples, each by what `command` makes of it.
fn examples(build: Build, command: impl Fn(PathBuf) -> Command) {
    let server = compile("examples/server.c", build);
    for (send, calls) in [("examples/send.c", 1004), ("examples/send.cpp", 1007)] {
        let send = compile(send, build);
        let mut serving = command(server.clone());
        let mut serving = serving.arg("127.0.0.1:0").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(serving.stdout.take().unwrap()).lines();
        let first = said.next().unwrap().unwrap();
        let port = first.strip_prefix("listening on port ").expect("it says where");
        let sent = text(&succeed(command(send.clone()).arg(format!("udp://127.0.0.1:{port}"))));
        assert_eq!(sent, format!("{calls} calls, 1 datagrams: all is well\n"));
        drop(serving.stdin.take());
        let lines: Vec<_> = said.map(Result::unwrap).collect();
        assert!(serving.wait().unwrap().success());
        assert!(lines.contains(&"shop.visits env:dev,page:home 1001".to_owned()), "{lines:?}");
        assert!(lines.contains(&"event deployed: version 7\\nof the shop".to_owned()), "{lines:?}");

        let bad = command(send).arg("tcp://h:1").output().unwrap();
        let complaint = "no client: the address in 'options' is not an address\n";
        assert_eq!((bad.status.code(), &*String::from_utf8_lossy(&bad.stderr)), (Some(1), complaint));
    }

    let expected = "metric: page.views 1 2.5 #env:dev #x\nrefused: bad line (byte 8: expected a '|' before the type or the status)\n\
                    service check: db.up\n";
    let mut parse = command(compile("examples/parse.c", build));
    let mut child = parse.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"page.views:1:2.5|d|#env:dev,x\nbad line\n_sc|db.up|0").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(text(&output), expected);
}
