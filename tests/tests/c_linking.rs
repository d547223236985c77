//! libbasenji as it is installed: what is where, which names it has, and that C programs outside of this repository are built with it in every
//! way that `ffi/README.md` shows, by the lines that it shows.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use basenji_tests::bare::{clean, root};
use basenji_tests::page::{Block, blocks, commands};
use basenji_tests::programs::{is_there, succeed, text};
use basenji_tests::skip::skip;
use object::read::archive::ArchiveFile;
use object::{File, Object, ObjectSection, ObjectSymbol, SectionKind, SymbolScope};
use tempfile::TempDir;

/// The tree that `cargo xtask install` makes.
static INSTALLED: LazyLock<PathBuf> = LazyLock::new(|| {
    let destination = Path::new(env!("CARGO_TARGET_TMPDIR")).join("installed");
    let _ = fs::remove_dir_all(&destination);
    let mut install = Command::new(env!("CARGO"));
    clean(&mut install);
    install.args(["xtask", "install", "--prefix=/opt/basenji", "--libdir", "lib", "--destdir"]).arg(&destination);
    succeed(install.current_dir(root()));
    destination.join("opt/basenji")
});

/// A directory outside of this repository, as the home of somebody who has moved the tree there and copied the examples.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        let home = TempDir::new().unwrap();
        succeed(Command::new("cp").arg("-a").arg(&*INSTALLED).arg(home.path().join("basenji")));
        for example in fs::read_dir(root().join("ffi/examples")).unwrap() {
            let example = example.unwrap();
            fs::copy(example.path(), home.path().join(example.file_name())).unwrap();
        }
        Home(home)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `program` here, in an environment that knows nothing of the tree.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for name in ["PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH", "LD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH"] {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).env("HOME", self.0.path());
        command
    }

    /// Writes what is not a command, and runs what is one.
    fn follow(&self, blocks: &[Block<'_>]) {
        for block in blocks {
            let file = match block.language {
                "cmake" => "CMakeLists.txt",
                "meson" => "meson.build",
                "console" => {
                    let script: Vec<_> = commands(&block.lines).into_iter().map(|(command, _)| command).collect();
                    succeed(self.command("bash").args(["-euc", &script.join("\n")]));
                    continue;
                }
                other => panic!("nothing follows a block of {other:?}"),
            };
            fs::write(self.path(file), block.lines.join("\n") + "\n").unwrap();
        }
    }

    /// The program sends to where it is told, and needs the shared library or does not.
    fn sends(&self, program: &str, shared: bool) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let address = format!("udp://{}", socket.local_addr().unwrap());
        let program = self.path(program);
        succeed(self.command(program.to_str().unwrap()).arg(address));
        let mut datagram = [0; 2000];
        let length = socket.recv(&mut datagram).unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let datagram = String::from_utf8_lossy(&datagram[..length]);
        assert!(datagram.contains("shop.visits:"), "{datagram}");
        let dynamic = text(&succeed(Command::new("readelf").arg("-d").arg(&program)));
        assert_eq!(dynamic.contains("[libbasenji.so.0]"), shared, "{}: {dynamic}", program.display());
    }

    /// The program shows what it reads.
    fn parses(&self, program: &str) {
        let mut child = self.command(self.path(program).to_str().unwrap());
        let input = fs::File::open({
            let path = self.path("datagram");
            fs::write(&path, "page.views:1|c|#env:dev").unwrap();
            path
        });
        let said = text(&succeed(child.stdin(Stdio::from(input.unwrap()))));
        assert!(said.contains("page.views"), "{said}");
    }
}

/// The blocks of one way to build, between the line that begins it in `ffi/README.md` and the next such line.
fn way(page: &str, begins: &str) -> String {
    let (_, section) = page.split_once("\n## Building and linking\n").expect("the page says how to build");
    let section = section.split("\n## ").next().unwrap();
    let (_, way) = section.split_once(&format!("\n{begins}")).unwrap_or_else(|| panic!("the page says {begins:?}"));
    way.split("\nWith ").next().unwrap().to_owned()
}

fn follow(begins: &str) -> Home {
    let home = Home::new();
    let page = fs::read_to_string(root().join("ffi/README.md")).unwrap();
    home.follow(&blocks(&way(&page, begins)));
    home
}

#[test]
fn a_compiler_alone_builds_programs() {
    let home = follow("With a compiler alone");
    home.sends("send", true);
    home.sends("send-archive", false);
    home.sends("send-cpp", true);
    home.parses("parse");
}

#[test]
fn pkg_config_builds_programs() {
    if !is_there("pkg-config") {
        return skip("pkg-config is not installed");
    }
    let home = follow("With pkg-config");
    home.sends("send", true);
    home.sends("send-cpp", true);
    home.sends("send-static", false);
    home.parses("parse");
}

#[test]
fn cmake_builds_programs() {
    if !is_there("cmake") {
        return skip("cmake is not installed");
    }
    let home = follow("With CMake");
    home.sends("build/send", true);
    home.sends("build/send-static", false);
    home.sends("build/send-cpp", true);
    home.parses("build/parse");
}

#[test]
fn meson_builds_programs() {
    if !is_there("meson") || !is_there("ninja") {
        return skip("meson or ninja is not installed");
    }
    let home = follow("With Meson");
    home.sends("builddir/send", true);
    home.sends("builddir/send-static", false);
    home.sends("builddir/send-cpp", true);
    home.parses("builddir/parse");
}

#[test]
fn cmake_takes_a_version_that_is_compatible_and_no_other() {
    if !is_there("cmake") {
        return skip("cmake is not installed");
    }
    let home = Home::new();
    let version = env!("CARGO_PKG_VERSION");
    for (wanted, found) in [
        ("", true),
        (version, true),
        (&format!("{version} EXACT"), true),
        ("0.0.1", true),
        ("0", true),
        ("0.0.1...<0.0.9", false),
        ("0.0.1...0.99", true),
        ("0.99", false),
        ("1.0", false),
        ("0.0.1 EXACT", false),
    ] {
        let script = format!(
            "cmake_minimum_required(VERSION 3.19)\nproject(p C)\nset(basenji_USE_STATIC_LIBS ON)\n\
             find_package(basenji {wanted} QUIET CONFIG)\nmessage(STATUS \"found=${{basenji_FOUND}}\")\n\
             if(basenji_FOUND)\nfind_package(basenji CONFIG REQUIRED)\n\
             get_target_property(links basenji::basenji INTERFACE_LINK_LIBRARIES)\n\
             if(NOT links STREQUAL \"basenji::static\")\nmessage(FATAL_ERROR ${{links}})\nendif()\nendif()\n"
        );
        fs::write(home.path("CMakeLists.txt"), script).unwrap();
        let prefix = format!("-DCMAKE_PREFIX_PATH={}", home.path("basenji").display());
        let said = text(&succeed(home.command("cmake").args(["--fresh", "-B", "build", &prefix])));
        assert!(said.contains(&format!("found={}", i32::from(found))), "{wanted}: {said}");
    }
}

#[test]
fn the_tree_has_what_the_page_says_and_nothing_else() {
    let mut found = BTreeSet::new();
    walk(&INSTALLED, &mut |path| {
        let name = path.strip_prefix(&*INSTALLED).unwrap().to_str().unwrap().to_owned();
        found.insert(match fs::read_link(path) {
            Ok(target) => format!("{name} -> {}", target.display()),
            Err(_) => name,
        });
    });
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        "include/basenji.h",
        "include/basenji.hpp",
        "include/basenji/client.hpp",
        "include/basenji/message.hpp",
        "include/basenji/server.hpp",
        "include/basenji/types.hpp",
        "include/basenji_core.h",
        "lib/cmake/basenji/basenji-config-version.cmake",
        "lib/cmake/basenji/basenji-config.cmake",
        "lib/libbasenji.a",
        "lib/libbasenji.so -> libbasenji.so.0",
        &format!("lib/libbasenji.so.0 -> libbasenji.so.{version}"),
        &format!("lib/libbasenji.so.{version}"),
        "lib/libbasenji_core.a",
        "lib/pkgconfig/basenji.pc",
        "lib/pkgconfig/basenji_core.pc",
        "share/doc/basenji/LICENSE-APACHE",
        "share/doc/basenji/LICENSE-MIT",
    ];
    assert_eq!(found, expected.into_iter().map(str::to_owned).collect());
    let dynamic = text(&succeed(Command::new("readelf").arg("-d").arg(INSTALLED.join("lib/libbasenji.so"))));
    assert!(dynamic.contains("soname: [libbasenji.so.0]"), "{dynamic}");
}

fn walk(directory: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() && !entry.is_symlink() { walk(&entry, see) } else { see(&entry) }
    }
}

#[test]
fn things_are_as_large_as_the_page_says() {
    let home = Home::new();
    let linked = |source: &str, archive: &str| {
        let mut compile = home.command("cc");
        compile.args([
            "-O2",
            source,
            "-Ibasenji/include",
            &format!("basenji/lib/{archive}"),
            "-Wl,--gc-sections",
            "-s",
        ]);
        succeed(compile.args(["-lpthread", "-lm", "-ldl", "-o", "sized"]));
        let program = fs::read(home.path("sized")).unwrap();
        let sections = File::parse(&*program).unwrap();
        sections
            .sections()
            .filter(|section| section.kind() != SectionKind::UninitializedData)
            .map(|section| section.size())
            .sum()
    };
    let sizes = [
        ("| `libbasenji.so`", fs::metadata(INSTALLED.join("lib/libbasenji.so")).unwrap().len()),
        ("| `send.c`", linked("send.c", "libbasenji.a")),
        ("| `parse.c`", linked("parse.c", "libbasenji_core.a")),
    ];
    let page = fs::read_to_string(root().join("ffi/README.md")).unwrap();
    for (row, bytes) in sizes {
        let line = page.lines().find(|line| line.starts_with(row)).expect("the page has the row");
        let said = line.trim_end_matches(" KiB |").rsplit(' ').next().unwrap().parse::<f64>().unwrap() * 1024.0;
        let ratio = bytes as f64 / said;
        // Another compiler is another size.
        assert!((0.8..1.2).contains(&ratio), "{line}: it is {} KiB", bytes / 1024);
    }
}

#[test]
fn every_name_that_a_linker_sees_is_ours_and_declared() {
    let [core, hosted] = ["basenji_core.h", "basenji.h"].map(|name| declared(&INSTALLED.join("include").join(name)));
    let all: BTreeSet<String> = core.union(&hosted).cloned().collect();

    let shared = fs::read(INSTALLED.join("lib/libbasenji.so")).unwrap();
    let shared = File::parse(&*shared).unwrap();
    let exported = shared.dynamic_symbols().filter(|symbol| symbol.is_definition());
    assert_eq!(exported.map(|symbol| symbol.name().unwrap().to_owned()).collect::<BTreeSet<_>>(), all);
    assert_eq!(shared.symbols().count(), 0, "it is not stripped");

    for (archive, declared) in [("libbasenji.a", &all), ("libbasenji_core.a", &core)] {
        assert_eq!(&visible(&INSTALLED.join("lib").join(archive)), declared, "{archive}");
    }
}

/// The functions that a header declares.
fn declared(header: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(header).unwrap();
    let lines = text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    let names = lines.filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("bj_")).map(str::to_owned).collect()
}

/// The names that an archive gives to whatever it is linked with.
fn visible(archive: &Path) -> BTreeSet<String> {
    let data = fs::read(archive).unwrap();
    let file = ArchiveFile::parse(&*data).unwrap();
    let mut names = BTreeSet::new();
    for member in file.members() {
        let object = File::parse(member.unwrap().data(&*data).unwrap()).unwrap();
        let seen = object.symbols().filter(|symbol| symbol.is_definition() && symbol.scope() == SymbolScope::Dynamic);
        names.extend(seen.map(|symbol| symbol.name().unwrap().to_owned()));
    }
    names
}

#[test]
fn a_program_links_another_static_library_in_rust_beside_ours() {
    let home = Home::new();
    fs::write(
        home.path("other.rs"),
        "#[unsafe(no_mangle)]\npub extern \"C\" fn other(n: i32) -> i32 {\n    std::panic::catch_unwind(|| {\n        \
         assert!(n > 0);\n        n\n    })\n    .unwrap_or(-1)\n}\n",
    )
    .unwrap();
    let options = ["--edition=2024", "--crate-type=staticlib", "-Copt-level=3", "-Clto=fat", "other.rs"];
    succeed(home.command("rustc").args(options));
    fs::write(
        home.path("both.c"),
        "#include \"basenji.h\"\nint other(int n);\nint main(void) {\n  bj_client *client = NULL;\n  \
         int made = bj_client_new(NULL, &client);\n  bj_client_free(client, 1000);\n  \
         return made == BJ_OK && other(1) == 1 && other(0) == -1 ? 0 : 1;\n}\n",
    )
    .unwrap();
    for archives in [["libother.a", "basenji/lib/libbasenji.a"], ["basenji/lib/libbasenji.a", "libother.a"]] {
        let mut compile = home.command("cc");
        compile.args(["both.c", "-Ibasenji/include"]).args(archives);
        succeed(compile.args(["-lpthread", "-lm", "-ldl", "-o", "both"]));
        succeed(&mut home.command(home.path("both").to_str().unwrap()));
    }
}

#[test]
fn eight_threads_of_a_million_calls_each_lose_none() {
    let home = Home::new();
    let mut compile = home.command("cc");
    compile.arg(root().join("ffi/tests/roundtrip.c")).args(["-Ibasenji/include", "basenji/lib/libbasenji.a"]);
    succeed(compile.args(["-lpthread", "-lm", "-ldl", "-o", "roundtrip"]));
    // A call of each of two kinds, a million times a thread.
    let said = text(&succeed(home.command(home.path("roundtrip").to_str().unwrap()).arg("1000000")));
    assert_eq!(said, "all is well\n");
}

#[test]
fn a_tree_of_another_layout_finds_itself() {
    if !is_there("pkg-config") {
        return skip("pkg-config is not installed");
    }
    let home = Home::new();
    let mut install = home.command(env!("CARGO"));
    clean(&mut install);
    if let Some(home) = std::env::var_os("HOME") {
        install.env("HOME", home);
    }
    let prefix = home.path("usr");
    install.current_dir(root()).args(["xtask", "install", "--libdir=lib/of-this-machine", "--prefix"]).arg(&prefix);
    succeed(&mut install);
    symlink(&prefix, home.path("moved")).unwrap();
    let pages = home.path("moved/lib/of-this-machine/pkgconfig");
    let mut compile = home.command("bash");
    compile.env("PKG_CONFIG_PATH", pages).args(["-euc", "cc send.c $(pkg-config --cflags --libs basenji) -o send"]);
    succeed(&mut compile);
    let mut send = home.command("ldd");
    send.env("LD_LIBRARY_PATH", prefix.join("lib/of-this-machine")).arg("send");
    assert!(text(&succeed(&mut send)).contains("of-this-machine/libbasenji.so.0"));
}

#[test]
fn a_wrong_option_of_the_installer_is_named() {
    for (arguments, complaint) in [
        (&["--prefix", "here"][..], "--prefix here: it has to be an absolute path"),
        (&["--libdir=/lib"], "--libdir /lib: it has to be a path under the prefix"),
        (&["--libdir=../lib"], "--libdir ../lib: it has to be a path under the prefix"),
        (&["--prefix"], "usage: cargo xtask install"),
        (&["--bindir", "bin"], "usage: cargo xtask install"),
    ] {
        let mut install = Command::new(env!("CARGO"));
        let output = install.current_dir(root()).args(["xtask", "install"]).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(complaint), "{arguments:?}: {said}");
    }
}
