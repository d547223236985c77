//! Gives the shared library the name that programs look for when they start.

fn main() {
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libbasenji.so.0");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
