//! A server on real sockets: port 0, a directory of its own for each test, nothing that sleeps.
#![cfg(target_os = "linux")]

mod accounts;
mod common;
mod datagrams;
mod death;
mod events;
mod flush;
mod listeners;
mod monitor;
mod origin;
mod reports;
mod rules;
mod sinks;
mod stream;
