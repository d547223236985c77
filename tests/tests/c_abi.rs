//! The C ABI: its headers, and how its exports are made.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use basenji_tests::bare::root;
use basenji_tests::page::blocks;
use basenji_tests::programs::{is_there, succeed};
use basenji_tests::skip::skip;

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Where the programs are compiled.
fn work() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
    fs::create_dir_all(&directory).unwrap();
    directory
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
fn the_face_for_cpp_is_clean_and_each_of_its_parts_stands_alone() {
    let program = work().join("face.cpp");
    let names = ["basenji.hpp", "basenji/types.hpp", "basenji/client.hpp", "basenji/message.hpp", "basenji/server.hpp"];
    for (compiler, name) in ["g++", "clang++"].into_iter().flat_map(|compiler| names.map(|name| (compiler, name))) {
        if !is_there(compiler) {
            skip(&format!("{compiler} is not installed"));
            continue;
        }
        fs::write(&program, format!("#include \"{name}\"\n")).unwrap();
        for standard in ["-std=c++17", "-std=c++20"] {
            let mut command = Command::new(compiler);
            command.args(WARNINGS).args(["-Wshadow", "-Wconversion", "-fno-exceptions", "-fno-rtti", standard]);
            command.arg("-I").arg(root().join("ffi/include")).arg("-fsyntax-only");
            succeed(command.arg(&program));
        }
    }
}

#[test]
fn the_page_shows_code_of_the_examples() {
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let files = fs::read_dir(root().join("ffi/examples")).unwrap().map(|entry| entry.unwrap().path());
    let examples: Vec<_> = files.map(|path| lines(&fs::read_to_string(path).unwrap())).collect();
    let page = fs::read_to_string(root().join("ffi/README.md")).unwrap();
    let code: Vec<_> = blocks(&page).into_iter().filter(|block| matches!(block.language, "c" | "cpp")).collect();
    assert!(code.len() >= 4);
    for block in code {
        let shown = lines(&block.lines.join("\n"));
        assert!(examples.iter().any(|lines| lines.windows(shown.len()).any(|part| part == shown)), "{shown:?}");
    }
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
