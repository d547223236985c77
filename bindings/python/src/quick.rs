//! Calls that were made before with the same objects: found by the identity of the name and the tags, so that no string is looked at.
//!
//! A string does not change, and a slot holds those that it knows, so that no other object can have their places in memory. The list around the
//! tags may be another one each time, or have changed: what counts is what is in it.
//!
//! What is found is a handle: of a count or of samples one that gathers on its own, since their order among other calls does not matter; of a gauge a
//! series, which keeps it.

use std::sync::atomic::{AtomicBool, Ordering};

use basenji::client::{Client, Counter, SampleHandle, Series, Value};
use basenji::core::wire::MetricKind;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};
use pyo3::{Borrowed, ffi};
use smallvec::SmallVec;
use try_lock::TryLock;

use crate::values;

/// How many calls are known; a handle of each takes some 200 bytes.
const SLOTS: usize = 512;

/// The most tags of a call that can be known.
const MOST: usize = 6;

/// Whole numbers below it are added without a check for overflow.
const SMALL: u64 = 1 << 31;

/// The calls that are known. Their lock is taken only where it is free, and is not waited for.
pub(crate) struct Quick {
    is_open: AtomicBool,
    known: TryLock<Option<Calls>>,
}

struct Calls {
    client: Client,
    slots: Box<[Slot; SLOTS]>,
    /// By it one of 32 calls that are not known is chosen to be remembered: that takes longer than the call, and most such never come again.
    unknown: u32,
}

/// A call that was made.
#[derive(Default)]
struct Slot {
    key: Key,
    handle: Handle,
    /// Whether it was found since another call wanted its place.
    is_used: bool,
    /// What has the addresses of the key: held, so that nothing else gets them.
    _held: SmallVec<[Py<PyAny>; MOST + 1]>,
}

#[derive(Default)]
enum Handle {
    /// The call came once.
    #[default]
    None,
    Counter(Counter),
    Samples(SampleHandle),
    Gauge(Series),
}

/// Type, name and tags of a call, by their addresses; zeros where there is none.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Key([usize; MOST + 2]);

/// The outcome of a call without options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It was made.
    Made,
    /// It is to be made by its name, and [`Quick::learn`] is to hear of it.
    New,
    /// It is to be made by its name.
    Other,
}

/// A number.
#[derive(Clone, Copy)]
enum Number {
    Whole(i64),
    Double(f64),
}

type Argument<'a, 'py> = Option<Borrowed<'a, 'py, PyAny>>;

impl Quick {
    /// Remembers no calls, and learns none.
    pub(crate) fn new() -> Quick {
        Quick { is_open: AtomicBool::new(false), known: TryLock::new(None) }
    }

    /// Learns calls of this client from now on.
    pub(crate) fn open(&self, client: Client) {
        let slots = (0..SLOTS).map(|_| Slot::default()).collect::<Vec<_>>().try_into();
        if let (Some(mut known), Ok(slots)) = (self.known.try_lock(), slots) {
            let old = known.replace(Calls { client, slots, unknown: 0 });
            self.is_open.store(true, Ordering::Relaxed);
            drop(known);
            drop(old);
        }
    }

    /// Forgets all calls.
    pub(crate) fn close(&self) {
        self.is_open.store(false, Ordering::Relaxed);
    }

    /// Makes a call if it is known. Without a value it is one of 1; `negated`, of its opposite.
    #[inline]
    pub(crate) fn call(
        &self,
        kind: MetricKind,
        name: Borrowed<'_, '_, PyAny>,
        (value, negated): (Argument<'_, '_>, bool),
        tags: Argument<'_, '_>,
    ) -> Found {
        if !self.is_open.load(Ordering::Relaxed) {
            return Found::Other;
        }
        let number = value.map_or(Some(Number::Whole(1)), |value| Number::of(kind, value));
        let (Some(number), Some(key)) = (number, Key::of(kind, name, tags)) else { return Found::Other };
        let Some(mut known) = self.known.try_lock() else { return Found::Other };
        let Some(known) = &mut *known else { return Found::Other };
        let slot = &mut known.slots[key.place()];
        if slot.key != key {
            // A number that does not share a period with the loops of the program.
            known.unknown = known.unknown.wrapping_mul(0x915f_77f5).wrapping_add(1);
            return if known.unknown >> 27 == 0 { Found::New } else { Found::Other };
        }
        match (&slot.handle, number) {
            (Handle::Counter(counter), Number::Whole(value)) => counter.add(if negated { -value } else { value }),
            (Handle::Samples(samples), Number::Whole(value)) => samples.record(value as f64),
            (Handle::Samples(samples), Number::Double(value)) => samples.record(value),
            (Handle::Gauge(gauge), Number::Whole(value)) => gauge.call(Value::I64(value)),
            (Handle::Gauge(gauge), Number::Double(value)) => gauge.call(Value::F64(value)),
            _ => return Found::New,
        }
        slot.is_used = true;
        Found::Made
    }

    /// Remembers a call that was made by its name; who comes the second time gets a handle, who finds another one in use has to come again.
    #[cold]
    pub(crate) fn learn(&self, kind: MetricKind, name: &Bound<'_, PyAny>, tags: &[Bound<'_, PyAny>]) {
        let Some(key) = Key::of_items(kind, name, tags) else { return };
        let Some(mut guard) = self.known.try_lock() else { return };
        let Some(known) = &mut *guard else { return };
        let slot = &mut known.slots[key.place()];
        if slot.key == key {
            slot.handle = handle(&known.client, kind, name, tags);
        } else if slot.is_used {
            slot.is_used = false;
        } else {
            let _held = [name].into_iter().chain(tags).map(|object| object.clone().unbind()).collect();
            let old = std::mem::replace(slot, Slot { key, _held, ..Slot::default() });
            // What is dropped may be a last reference, whose destructor may run any code.
            drop(guard);
            drop(old);
        }
    }
}

/// A handle for calls like this one, if it does what they would do.
fn handle(client: &Client, kind: MetricKind, name: &Bound<'_, PyAny>, tags: &[Bound<'_, PyAny>]) -> Handle {
    let name = name.cast::<PyString>().ok().and_then(|name| name.to_str().ok());
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Handle::None };
    let make = |tags: &[&str]| match kind {
        // Such tags are told apart in the line of a call.
        _ if tags.iter().any(|tag| tag.contains(',')) => Handle::None,
        MetricKind::Count => Handle::Counter(client.counter(name, tags)),
        MetricKind::Gauge => Handle::Gauge(client.series(kind, name, tags)),
        // A sampled call is not for a handle.
        _ if client.sample_rate() != 1.0 => Handle::None,
        MetricKind::Histogram => Handle::Samples(client.histogram_handle(name, tags)),
        MetricKind::Distribution => Handle::Samples(client.distribution_handle(name, tags)),
        MetricKind::Timing => Handle::Samples(client.timing_handle(name, tags)),
        MetricKind::Set => Handle::None,
    };
    values::with_texts(tags, make).unwrap_or_default()
}

impl Number {
    /// A number that a handle of this kind takes as a call does.
    #[inline]
    fn of(kind: MetricKind, object: Borrowed<'_, '_, PyAny>) -> Option<Number> {
        if object.is_exact_instance_of::<PyInt>() {
            let mut overflow = 0;
            // SAFETY: it is an int.
            let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &mut overflow) };
            return (overflow == 0 && number.unsigned_abs() < SMALL).then_some(Number::Whole(number));
        }
        if kind == MetricKind::Count || !object.is_exact_instance_of::<PyFloat>() {
            return None;
        }
        // SAFETY: it is a float.
        let number = unsafe { ffi::PyFloat_AsDouble(object.as_ptr()) };
        number.is_finite().then_some(Number::Double(number))
    }
}

impl Key {
    /// The key of a call with a list or a tuple of a few tags, or none.
    #[inline]
    fn of(kind: MetricKind, name: Borrowed<'_, '_, PyAny>, tags: Argument<'_, '_>) -> Option<Key> {
        let mut key = Key::bare(kind, name.as_ptr())?;
        let Some(tags) = tags.filter(|tags| !tags.is_none()) else { return Some(key) };
        let (py, tags) = (tags.py(), tags.as_ptr());
        // SAFETY: the functions are for the type that the object has. Of what they give only the address is used: where it is one of a slot, it
        // is that object and no other, whatever another thread has done to the list.
        unsafe {
            let (len, item): (_, unsafe extern "C" fn(_, _) -> _) = if ffi::PyList_CheckExact(tags) != 0 {
                (ffi::PyList_Size(tags), ffi::PyList_GetItem)
            } else if ffi::PyTuple_CheckExact(tags) != 0 {
                (ffi::PyTuple_Size(tags), ffi::PyTuple_GetItem)
            } else {
                return None;
            };
            for (at, word) in key.0.get_mut(2..)?.get_mut(..len as usize)?.iter_mut().enumerate() {
                *word = item(tags, at as ffi::Py_ssize_t) as usize;
                if *word == 0 {
                    // Another thread has shortened the list.
                    PyErr::take(py);
                    return None;
                }
            }
        }
        Some(key)
    }

    /// The same key, of tags that are held.
    fn of_items(kind: MetricKind, name: &Bound<'_, PyAny>, tags: &[Bound<'_, PyAny>]) -> Option<Key> {
        let mut key = Key::bare(kind, name.as_ptr())?;
        let words = key.0.get_mut(2..)?.get_mut(..tags.len())?;
        words.iter_mut().zip(tags).for_each(|(word, tag)| *word = tag.as_ptr() as usize);
        Some(key)
    }

    /// The key of a call without tags, of a type that has handles here.
    #[inline]
    fn bare(kind: MetricKind, name: *mut ffi::PyObject) -> Option<Key> {
        let mut words = [0; MOST + 2];
        [words[0], words[1]] = [kind as usize + 1, name as usize];
        (kind != MetricKind::Set).then_some(Key(words))
    }

    /// Where among the slots it would be.
    #[inline]
    fn place(&self) -> usize {
        let mix = |hash: u64, word: &usize| (hash ^ *word as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        (self.0.iter().take_while(|word| **word != 0).fold(0, mix) >> 40) as usize % SLOTS
    }
}
