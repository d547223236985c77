//! Client and server over real sockets.
pub use basenji_core as core;
