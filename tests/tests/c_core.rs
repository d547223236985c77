//! libbasenji_core as C programs see it: what it does, misuse, and each program under sanitizers and valgrind.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use basenji_tests::bare::{clean, root};
use basenji_tests::programs::{is_there, succeed, text};
use basenji_tests::skip::skip;
use basenji_tests::{c_states, c_vectors};

/// What a program of `ffi/tests/core` says in the end.
const WELL: &str = "all is well\n";

/// The programs: a file each in `ffi/tests/core`.
const PROGRAMS: [&str; 6] = ["aggregator", "emitter", "parser", "sketch", "states", "writer"];

fn work() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-core");
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// `libbasenji_core.a` as it is shipped, but for the names of its symbols.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| build_library(|_| (), ""));

/// Builds the library and says where it is, under the target directory `work()` or its subdirectory `place`.
fn build_library(change: impl FnOnce(&mut Command), place: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    clean(&mut build);
    build.args(["rustc", "--quiet", "--package", "basenji-ffi-core", "--lib", "--crate-type", "staticlib"]);
    build.args(["--profile", "freestanding", "--features", "freestanding", "--target-dir"]);
    build.arg(work().join(place.split('/').next().unwrap_or_default()));
    change(&mut build);
    succeed(build.current_dir(root()));
    work().join(place).join("freestanding/libbasenji_ffi_core.a")
}

/// The library with AddressSanitizer in it: what its functions read and write is looked at too.
static SANITIZED: LazyLock<PathBuf> = LazyLock::new(|| {
    let version = text(&succeed(Command::new("rustc").arg("-vV")));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("it says where it runs");
    // A released compiler has the sanitizer, but wants to be told twice.
    let build = |cargo: &mut Command| {
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address").args(["--target", host]);
    };
    build_library(build, &format!("sanitized/{host}"))
});

/// How a program with the sanitizers is compiled. Among their checks the compiler does not see that nothing panics: what would be one crashes.
const SANITIZERS: [&str; 3] =
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wl,--defsym=basenji_core_does_not_panic=0"];

/// Compiles a program with these options.
fn compile(name: &str, suffix: &str, options: &[&str], library: &Path) -> PathBuf {
    let program = work().join(format!("{name}{suffix}"));
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"]).args(options);
    let tables = work().join("tables");
    fs::create_dir_all(&tables).unwrap();
    fs::write(tables.join("states.h"), c_states::tables()).unwrap();
    gcc.arg("-I").arg(root().join("ffi/include")).arg("-I").arg(tables);
    gcc.arg(root().join("ffi/tests/core").join(name).with_extension("c")).arg(library);
    succeed(gcc.arg("-lm").arg("-o").arg(&program));
    program
}

#[test]
fn every_program_says_that_all_is_well() {
    let files = fs::read_dir(root().join("ffi/tests/core")).unwrap().map(|entry| entry.unwrap().path());
    let names: BTreeSet<_> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, PROGRAMS.map(str::to_owned).into());
    for name in PROGRAMS {
        assert_eq!(text(&succeed(&mut Command::new(compile(name, "", &[], &LIBRARY)))), WELL, "{name}");
    }
}

#[test]
fn the_header_and_its_macros_are_clean_c99_and_cpp17() {
    let source = work().join("header.c");
    let body = "#include \"basenji_core.h\"\nstatic uint64_t a[BJ_AGGREGATOR_WORDS(4, 64, 16)], b[BJ_EMITTER_WORDS(64)],\n  \
                c[BJ_EMITTER_AGGREGATING_WORDS(64, 4, 64, 16)];\nint main(void) {\n  bj_fields d = BJ_FIELDS_INIT;\n  \
                bj_aggregator_options e = BJ_AGGREGATOR_OPTIONS_INIT;\n  bj_emitter_options f = BJ_EMITTER_OPTIONS_INIT;\n  \
                return a[0] + b[0] + c[0] + d.size + e.size + f.size == 0;\n}\n";
    fs::write(&source, body).unwrap();
    for compiler in ["gcc", "clang"] {
        if !is_there(compiler) {
            skip(&format!("{compiler} is not installed"));
            continue;
        }
        for options in [&["-std=c99"][..], &["-x", "c++", "-std=c++17"]] {
            let mut command = Command::new(compiler);
            command.args(options).args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I"]);
            succeed(command.arg(root().join("ffi/include")).arg(&source));
        }
    }
}

#[test]
fn every_vector_is_what_it_says_through_the_c_abi() {
    let table = work().join("vectors-table.c");
    fs::write(&table, c_vectors::table()).unwrap();
    let c = root().join("tests/firmware/c");
    for (suffix, options, library) in [("", &[][..], &*LIBRARY), ("-sanitized", &SANITIZERS, &*SANITIZED)] {
        let program = work().join(format!("vectors{suffix}"));
        let mut gcc = Command::new("gcc");
        gcc.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-g"]).args(options);
        gcc.arg("-I").arg(root().join("ffi/include")).arg("-I").arg(&c);
        succeed(gcc.arg(c.join("vectors.c")).args([&table, library]).arg("-o").arg(&program));
        c_vectors::check(&text(&succeed(&mut Command::new(&program))));
        if suffix.is_empty() && is_there("valgrind") {
            let mut valgrind = Command::new("valgrind");
            succeed(valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full"]).arg(program));
        }
    }
}

#[test]
fn the_example_of_firmware_runs_on_any_machine() {
    let program = work().join("firmware");
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]).arg(root().join("ffi/include"));
    succeed(gcc.arg(root().join("ffi/examples/firmware.c")).arg(&*LIBRARY).arg("-o").arg(&program));
    let said = text(&succeed(&mut Command::new(program)));
    assert!(said.ends_with("2011 calls in 3 datagrams\n"), "{said}");
}

#[test]
fn the_example_of_states_merges_what_a_worker_has_handed_over() {
    let program = work().join("example-states");
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]).arg(root().join("ffi/include"));
    succeed(gcc.arg(root().join("ffi/examples/states.c")).arg(&*LIBRARY).arg("-lm").arg("-o").arg(&program));
    assert_eq!(text(&succeed(&mut Command::new(program))), "4 values up to 250, 3 users\n");
}

#[test]
fn the_programs_are_clean_under_the_sanitizers_which_are_on() {
    for name in PROGRAMS {
        let program = compile(name, "-sanitized", &SANITIZERS, &SANITIZED);
        let symbols = text(&succeed(Command::new("nm").arg(&program)));
        assert!(["__asan_init", "__ubsan_handle"].iter().all(|name| symbols.contains(name)), "the sanitizers are off");
        assert_eq!(text(&succeed(&mut Command::new(program))), WELL, "{name}");
    }
    // They look into the library: it has calls of its own.
    let symbols = text(&succeed(Command::new("nm").arg(&*SANITIZED)));
    assert!(symbols.contains("U __asan_report_store8"), "the library is as without them");
}

#[test]
fn the_programs_leak_nothing_and_read_nothing_wrong_under_valgrind() {
    if !is_there("valgrind") {
        return skip("valgrind is not installed");
    }
    for name in PROGRAMS {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=all"]);
        assert_eq!(text(&succeed(valgrind.arg(compile(name, "-valgrind", &[], &LIBRARY)))), WELL, "{name}");
    }
}

#[test]
fn every_export_that_is_given_a_pointer_goes_through_the_guard() {
    let (mut exports, mut guards) = (0, 0);
    for entry in fs::read_dir(root().join("ffi/core/src")).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        for export in source.split("#[unsafe(no_mangle)]").skip(1) {
            let body = export.split("\n}\n").next().unwrap_or_default();
            let signature = body.split('{').next().unwrap_or_default();
            let (arguments, result) = signature.rsplit_once(')').expect("a function");
            // One that cannot fail says no status.
            if arguments.contains('*') && result.contains("bj_status") {
                exports += 1;
                guards += body.matches("guard(||").count();
                assert_eq!(exports, guards, "{signature}");
            } else {
                assert!(!result.contains("bj_status"), "{signature}");
            }
        }
    }
    assert!(exports > 10, "{exports}");
}
