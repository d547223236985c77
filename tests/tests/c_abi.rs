//! The C ABI as C programs see it: headers, symbols, programs under sanitizers and valgrind, examples.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use basenji_tests::bare::{clean, root};
use basenji_tests::skip::skip;

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// What a program of `ffi/tests` says in the end.
const WELL: &str = "all is well\n";

/// Where the programs are compiled.
fn work() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The directory of `libbasenji.so`, `libbasenji.so.0` and `libbasenji.a`.
static LIBRARIES: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut build = Command::new(env!("CARGO"));
    clean(&mut build);
    succeed(build.current_dir(root()).args(["build", "--quiet", "--package", "basenji-ffi"]));
    // Beside `deps`, where the test itself stands.
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).expect("cargo builds there");
    let directory = work().join("lib");
    fs::create_dir_all(&directory).unwrap();
    for (from, to) in [
        ("libbasenji_ffi.so", "libbasenji.so"),
        ("libbasenji_ffi.so", "libbasenji.so.0"),
        ("libbasenji_ffi.a", "libbasenji.a"),
    ] {
        fs::copy(built.join(from), directory.join(to)).unwrap();
    }
    directory
});

/// The output of a command that must succeed.
fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{said}\n{complained}", output.status);
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Compiles a C program of `ffi/` against the shared library, or with `options` against the static one.
fn compile(compiler: &str, source: &str, name: &str, options: &[&str]) -> PathBuf {
    let directory = &*LIBRARIES;
    let program = work().join(name);
    let mut command = Command::new(compiler);
    command.arg("-std=gnu11").args(WARNINGS).arg("-g").args(options).arg("-I").arg(root().join("ffi/include"));
    command.arg(root().join("ffi").join(source)).arg("-o").arg(&program);
    if options.is_empty() {
        command.arg("-L").arg(directory).arg("-lbasenji");
        command.arg(format!("-Wl,-rpath,{}", directory.display()));
    } else {
        command.arg(directory.join("libbasenji.a"));
    }
    succeed(command.args(["-lpthread", "-lm", "-ldl"]));
    program
}

#[test]
fn the_committed_headers_are_those_of_the_exports() {
    let mut header = Command::new(env!("CARGO"));
    succeed(header.current_dir(root()).args(["run", "--quiet", "--package", "basenji-header", "--", "--check"]));
}

#[test]
fn the_headers_are_clean_c99_and_cpp17() {
    let program = work().join("header.c");
    let body = "#include \"basenji.h\"\nint main(void) {\n  bj_client_options a = BJ_CLIENT_OPTIONS_INIT;\n  \
                bj_call_options b = BJ_CALL_OPTIONS_INIT;\n  bj_event_options c = BJ_EVENT_OPTIONS_INIT;\n  \
                bj_server_options d = BJ_SERVER_OPTIONS_INIT;\n  return a.size + b.size + c.size + d.size == 0;\n}\n";
    fs::write(&program, body).unwrap();
    for compiler in ["gcc", "clang"] {
        if !is_there(compiler) {
            skip(&format!("{compiler} is not installed"));
            continue;
        }
        for options in [&["-std=c99"][..], &["-x", "c++", "-std=c++17"]] {
            let mut command = Command::new(compiler);
            command.args(options).args(WARNINGS).arg("-I").arg(root().join("ffi/include")).arg("-fsyntax-only");
            succeed(command.arg(&program));
        }
    }
    for header in ["basenji.h", "basenji_core.h"] {
        let text = fs::read_to_string(root().join("ffi/include").join(header)).unwrap();
        assert!(text.contains("extern \"C\""), "{header}");
        for word in ["Option<", "Result<", "&str", "unsafe", "Rust", "trait", "`"] {
            assert!(!text.contains(word), "{header} says {word:?}");
        }
    }
}

#[test]
fn the_shared_library_exports_what_the_headers_declare_and_has_a_soname() {
    let library = LIBRARIES.join("libbasenji.so");
    let symbols = text(&succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(&library)));
    let exported: BTreeSet<_> = symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let mut declared = BTreeSet::new();
    let headers = ["basenji.h", "basenji_core.h"].map(|name| root().join("ffi/include").join(name));
    let headers = headers.map(|path| fs::read_to_string(path).unwrap());
    for header in &headers {
        for line in header.lines().filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase())) {
            let Some(name) = line.split('(').next().filter(|name| name.len() < line.len()) else { continue };
            declared.extend(name.rsplit([' ', '*']).next().filter(|name| name.starts_with("bj_")));
        }
    }
    assert_eq!(exported, declared);
    let dynamic = text(&succeed(Command::new("objdump").arg("-p").arg(&library)));
    assert!(dynamic.lines().any(|line| line.contains("SONAME") && line.ends_with("libbasenji.so.0")), "{dynamic}");
}

#[test]
fn every_export_of_the_hosted_library_goes_through_the_guard() {
    let (mut exports, mut guards) = (0, 0);
    for entry in fs::read_dir(root().join("ffi/hosted/src")).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        for export in source.split("#[unsafe(no_mangle)]").skip(1) {
            exports += 1;
            let body = export.split("\n}\n").next().unwrap_or_default();
            assert_eq!(body.matches("guard(||").count(), 1, "{}", body.lines().next().unwrap_or_default());
            guards += 1;
        }
    }
    assert_eq!(exports, guards);
    assert!(exports > 20, "{exports}");
}

#[test]
fn a_c_program_has_what_it_calls_from_eight_threads() {
    // A million calls each.
    let program = compile("gcc", "tests/roundtrip.c", "roundtrip", &[]);
    assert_eq!(text(&succeed(Command::new(program).arg("500000"))), WELL);
}

#[test]
fn misuse_is_a_status_that_names_the_argument() {
    assert_eq!(text(&succeed(&mut Command::new(compile("gcc", "tests/misuse.c", "misuse", &[])))), WELL);
}

#[test]
fn flushes_can_be_pulled_while_a_server_runs_and_after_its_end() {
    assert_eq!(text(&succeed(&mut Command::new(compile("gcc", "tests/pull.c", "pull", &[])))), WELL);
}

#[test]
fn across_a_fork_nothing_is_doubled_and_nothing_is_lost() {
    assert_eq!(text(&succeed(&mut Command::new(compile("gcc", "tests/fork.c", "fork", &[])))), WELL);
}

#[test]
fn the_programs_are_clean_under_the_sanitizers_which_are_on() {
    let options = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    for name in ["roundtrip", "misuse", "pull", "fork"] {
        let program = compile("gcc", &format!("tests/{name}.c"), &format!("{name}-sanitized"), &options);
        let symbols = text(&succeed(Command::new("nm").arg(&program)));
        assert!(["__asan_init", "__ubsan_handle"].iter().all(|name| symbols.contains(name)), "the sanitizers are off");
        assert_eq!(text(&succeed(Command::new(program).arg("20000"))), WELL);
    }
}

#[test]
fn the_programs_leak_nothing_and_read_nothing_wrong_under_valgrind() {
    if !is_there("valgrind") {
        return skip("valgrind is not installed");
    }
    // A child of a fork leaves what its parent's threads held where it is.
    for (name, leaks) in [("roundtrip", "full"), ("misuse", "full"), ("pull", "full"), ("fork", "no")] {
        let program = compile("gcc", &format!("tests/{name}.c"), &format!("{name}-valgrind"), &[]);
        let mut command = Command::new("valgrind");
        command.args(["--quiet", "--error-exitcode=9", "--errors-for-leak-kinds=definite,indirect"]);
        let said = text(&succeed(command.arg(format!("--leak-check={leaks}")).arg(program).arg("2000")));
        assert_eq!(said, WELL);
    }
}

#[test]
fn the_examples_do_what_they_say() {
    let server = compile("gcc", "examples/server.c", "server", &[]);
    let send = compile("gcc", "examples/send.c", "send", &[]);
    let parse = compile("gcc", "examples/parse.c", "parse", &[]);
    let mut serving = Command::new(server);
    let mut serving = serving.arg("127.0.0.1:0").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(serving.stdout.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    let port = first.strip_prefix("listening on port ").expect("it says where");
    let sent = text(&succeed(Command::new(&send).arg(format!("udp://127.0.0.1:{port}"))));
    assert_eq!(sent, "1004 calls, 1 datagrams: all is well\n");
    drop(serving.stdin.take());
    let lines: Vec<_> = said.map(Result::unwrap).collect();
    assert!(serving.wait().unwrap().success());
    assert!(lines.contains(&"shop.visits env:dev,page:home 1001".to_owned()), "{lines:?}");
    assert!(lines.contains(&"event deployed: version 7\\nof the shop".to_owned()), "{lines:?}");
    let bad = Command::new(send).arg("tcp://h:1").output().unwrap();
    let complaint = "no client: the address in 'options' is not an address\n";
    assert_eq!((bad.status.code(), &*String::from_utf8_lossy(&bad.stderr)), (Some(1), complaint));

    let expected = "metric: page.views 1 2.5 #env:dev #x\nrefused: bad line (byte 8: expected a '|' before the type or the status)\n\
                    service check: db.up\n";
    assert_eq!(fed(&parse, b"page.views:1:2.5|d|#env:dev,x\nbad line\n_sc|db.up|0"), expected);
}

/// What a program says to this input.
fn fed(program: impl AsRef<OsStr>, input: &[u8]) -> String {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    text(&output)
}
