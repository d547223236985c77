//! The client beside its peers: cadence, metrics-exporter-dogstatsd and dogstatsd, each at its best settings.
//!
//! What holds of every number:
//! - the same calls: counts by 1, or samples, of four contexts in turn, each a name and two tags;
//! - each measurement is a process of its own, and all subjects take turns, so that whoever else uses the machine
//!   disturbs them alike; what is told is the middle of the rounds;
//! - the processor time is that of the whole process, with the threads that send and until everything is sent;
//! - the sockets are read by this process, which counts what arrives.
//!
//! `cargo xtask bench peers peers-udp peers-unix` runs its parts, and with the argument `c`, which measures ours through the C ABI, `cargo xtask bench c`
//! all of it.

mod child;
mod contexts;
mod distributions;
mod instructions;
mod parent;
mod peers;
mod reader;
mod subject;
mod table;

use parent::Part;
use peers::Ours;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("one") => child::run(&arguments[1..]),
        Some("distributions") => distributions::run(arguments[1].as_ref()),
        Some("c") => parent::run(Ours::C, &Part::ALL),
        Some("udp") => parent::run(Ours::Rust, &[Part::Udp]),
        Some("unix") => parent::run(Ours::Rust, &[Part::Unix]),
        Some("nowhere") => parent::run(Ours::Rust, &[Part::Nowhere, Part::Instructions]),
        _ => parent::run(Ours::Rust, &Part::ALL),
    }
}
