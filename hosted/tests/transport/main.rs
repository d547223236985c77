//! A client's transports and its sender on real sockets: port 0, a directory of its own for each test, nothing that sleeps
//! where it could wait.
#![cfg(target_os = "linux")]

mod common;
mod faults;
mod names;
mod sender;
mod udp;
mod unix_datagram;
mod unix_stream;
