//! The sans-IO client.

mod packer;

pub use packer::{Limits, PackError, Packer};
