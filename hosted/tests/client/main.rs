//! A client as a program uses it, into memory and to a server over real sockets.
#![cfg(target_os = "linux")]

mod calls;
mod common;
mod distributions;
mod ends;
mod faults;
mod known;
mod server;
mod settings;
mod telemetry;
mod threads;
