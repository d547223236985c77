//! Work that threads have done one at a time. Whatever work raises, in whatever line of Python a signal comes: the turn ends, and what others have handed in
//! is done by whoever comes next.

use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::datagram::Datagram;
use crate::gate;

/// Work that a thread does before another one that waits has its turn.
const MOST_IN_A_ROW: usize = 100;

/// The native half of `basenji.dogstatsd._turns.Turns`. Its lock is never held while Python runs.
#[pyclass(subclass, frozen, module = "basenji._basenji")]
pub(crate) struct Turns(Mutex<State>);

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    /// Who is at work, and the number of the turn.
    at_work: Option<(u64, u64)>,
    turns: u64,
    done: u64,
}

struct Work {
    work: Py<PyAny>,
    outcome: Py<PyList>,
    /// What is lost if it is not done.
    datagram: Option<Py<Datagram>>,
    is_waited_for: bool,
}

/// A turn, which ends with it; by its number, since the child of a fork has ended it before.
struct Turn<'a>(&'a Turns, u64);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.at_work = state.at_work.filter(|(_, turn)| *turn != self.1);
    }
}

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// Something that the calling thread has in hand, or is at: others may wait for it.
pub(crate) struct Held(());

impl Held {
    pub(crate) fn begin() -> Held {
        HELD.set(HELD.get() + 1);
        Held(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(HELD.get().saturating_sub(1));
    }
}

/// How much the calling thread has in hand or is at; a signal handler or a finalizer may run meanwhile.
#[pyfunction]
pub(crate) fn held() -> usize {
    HELD.get()
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a turn of `me`, unless there is nothing to do or another one's.
    fn begin(&self, me: u64) -> Option<Turn<'_>> {
        let mut state = self.state();
        if state.work.is_empty() || state.at_work.is_some() {
            return None;
        }
        state.turns += 1;
        state.at_work = Some((me, state.turns));
        Some(Turn(self, state.turns))
    }

    fn next(&self) -> Option<Work> {
        self.state().work.pop_front()
    }
}

#[pymethods]
impl Turns {
    #[new]
    fn new() -> Self {
        Turns(Mutex::default())
    }

    /// How much has been done.
    #[getter]
    fn done(&self) -> u64 {
        self.state().done
    }

    /// How much waits.
    #[getter]
    fn waiting(&self) -> usize {
        self.state().work.len()
    }

    /// Whether `me` is at work.
    fn _is_of(&self, me: u64) -> bool {
        self.state().at_work.is_some_and(|(thread, _)| thread == me)
    }

    /// Hands in work, whose outcome is put into the list; whether the caller waits for that.
    fn _hand_in(&self, work: Py<PyAny>, outcome: Py<PyList>, datagram: Option<Py<Datagram>>, is_waited_for: bool) {
        self.state().work.push_back(Work { work, outcome, datagram, is_waited_for });
    }

    /// Nobody waits for this outcome any more.
    fn _end_wait(&self, outcome: &Bound<'_, PyList>) {
        let mut state = self.state();
        let waited_for = state.work.iter_mut().filter(|work| work.outcome.is(outcome));
        waited_for.for_each(|work| work.is_waited_for = false);
    }

    /// Does what there is, unless a thread is at work, which then does. Raises what the work raises, which is for the thread that is at it.
    fn _go_on(slf: &Bound<'_, Self>, me: u64, deadline: &Bound<'_, PyAny>) -> PyResult<()> {
        let (turns, py) = (slf.get(), slf.py());
        let arguments = PyTuple::new(py, [deadline])?;
        while let Some(turn) = turns.begin(me) {
            let held = Held::begin();
            let mut in_a_row = 0;
            let mut is_over = false;
            while !is_over && let Some(Work { work, outcome, datagram, .. }) = turns.next() {
                let result = gate::call(work.bind(py), &arguments);
                turns.state().done += 1;
                in_a_row += 1;
                match result {
                    Ok(result) => outcome.bind(py).append(result)?,
                    Err(error) => {
                        outcome.bind(py).append(py.None())?;
                        return Err(error);
                    }
                }
                drop((work, outcome, datagram));
                is_over = in_a_row >= MOST_IN_A_ROW && turns.state().work.iter().any(|work| work.is_waited_for);
            }
            drop(held);
            drop(turn);
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// Drops the datagrams that wait; how many. Other work stays.
    fn _drop_datagrams(&self, py: Python<'_>) -> PyResult<usize> {
        let mut state = self.state();
        let (dropped, stays): (VecDeque<_>, _) =
            mem::take(&mut state.work).into_iter().partition(|work| work.datagram.is_some());
        state.work = stays;
        drop(state);
        for work in &dropped {
            if let Some(datagram) = &work.datagram {
                datagram.get().settle("writer");
            }
            work.outcome.bind(py).append(false)?;
        }
        Ok(dropped.len())
    }

    /// Forgets what waits and who is at work: in the child of a fork. What the calling thread is at is the parent's.
    fn forget(&self) {
        let mut state = self.state();
        state.at_work = None;
        let work = mem::take(&mut state.work);
        drop(state);
        drop(work);
    }

    #[allow(clippy::needless_pass_by_value, reason = "pyo3 gives it so")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(state) = self.0.try_lock() else { return Ok(()) };
        for work in &state.work {
            visit.call(&work.work)?;
            visit.call(&work.outcome)?;
            visit.call(&work.datagram)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let work = mem::take(&mut self.state().work);
        drop(work);
    }
}
