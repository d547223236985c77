//! What the tests, the fuzz targets and the benches share.
//!
//! - [`bare`] are machines without an operating system.
//! - [`vectors`] reads `tests/vectors/*.jsonl`, [`json`] shows messages in their shape, [`c_vectors`] compares what a C program prints, and [`c_states`] are states as tables in C.
//! - [`c_firmware`] are C programs on such machines.
//! - [`calls`] are calls of clients, and the lines that they give.
//! - [`daemon`] is the real daemon.
//! - [`distributions`] is what becomes of samples on their way to a dashboard.
//! - [`expect`] compares what it shows with what it should.
//! - [`page`] is documentation whose commands are run, and [`programs`] runs what others have written.
//! - [`footprint`] is what parts of the core take of a microcontroller.
//! - [`naive`] is the protocol written a second time, with the standard library only.
//! - [`namespace`] is a network of a test's own.
//! - [`check`] holds the properties: each is one function of bytes that panics where the property does not hold. Replay of seeds,
//!   random tests and libFuzzer call the same function.
//! - [`simulate`] is a world from one seed around the inside of a server.
//! - [`targets`] are the fuzz targets, which call these.
//! - [`script`] is operations on an aggregator as text, [`c_script`] on what libbasenji_core has.
//! - [`generate`] makes lines and operations out of any bytes, so that a property has one kind of input for all its drivers.

pub mod bare;
pub mod c_firmware;
pub mod c_script;
pub mod c_states;
pub mod c_vectors;
pub mod calls;
pub mod check;
pub mod corpus;
pub mod daemon;
pub mod distributions;
pub mod expect;
pub mod footprint;
pub mod generate;
pub mod json;
pub mod naive;
pub mod namespace;
pub mod owned;
pub mod page;
pub mod programs;
pub mod script;
pub mod simulate;
pub mod skip;
pub mod sources;
pub mod targets;
pub mod vectors;
