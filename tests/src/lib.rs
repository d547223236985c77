//! What the tests, the fuzz targets and the benches share.

pub mod corpus;
pub mod skip;
