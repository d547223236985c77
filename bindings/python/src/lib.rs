//! The native module under the Python package `basenji`. It is private: what users see, and its documentation, is in `python/basenji`.
//!
//! Nothing here relies on the global interpreter lock: what threads share is behind locks and atomics, and no lock is held while Python runs.

mod aggregator;
mod arguments;
mod buffer;
mod buffered;
mod buffering;
mod calls;
mod counts;
mod dataclass;
mod datagram;
mod direct;
mod emitter;
mod ends;
mod environment;
mod error;
mod forks;
mod gate;
mod gathered;
mod gathering;
mod given;
mod handles;
mod lines;
mod mailbox;
mod open;
mod options;
mod parse;
mod plain;
mod quick;
mod series;
mod server;
mod setting_error;
mod settings;
mod sketch;
mod sketch_add;
mod text;
mod turns;
mod uniques;
mod values;

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;

#[pymodule(gil_used = false)]
fn _basenji(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // SAFETY: the thread is attached, and so has an interpreter.
    if unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) } != 0 {
        return Err(PyImportError::new_err("basenji works in the main interpreter only, not in subinterpreters"));
    }
    forks::watch();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<emitter::Emitter>()?;
    module.add_class::<datagram::Datagram>()?;
    module.add_class::<turns::Turns>()?;
    module.add_function(wrap_pyfunction!(turns::held, module)?)?;
    calls::add(&module.py().get_type::<emitter::Emitter>())?;
    handles::add(module)?;
    module.add_class::<sketch::PySketch>()?;
    sketch_add::add(&module.py().get_type::<sketch::PySketch>())?;
    module.add_class::<uniques::PyUniques>()?;
    module.add_class::<aggregator::PyAggregator>()?;
    module.add_class::<server::NativeServer>()?;
    module.add_function(wrap_pyfunction!(parse::parse, module)?)?;
    module.add_function(wrap_pyfunction!(environment::environment, module)?)?;
    module.add_function(wrap_pyfunction!(environment::parse_address, module)?)?;
    module.add_function(wrap_pyfunction!(open::find_container_id, module)?)
}
