//! Aggregation of the plain client: counts are summed, the last gauge holds, members of sets are kept once, and of samples a fair choice.
//!
//! Tags in another order are another context, as with the peer. The lines of what was gathered are the core's, as those of single calls are.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasher;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use basenji::client::Value;
use basenji::core::wire::MetricKind;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use crate::gate;
use crate::values::Held;

/// What was called since the last flush, by context. Its lock is never held while Python runs.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Most samples of a context; 0: samples are not aggregated.
    pub(crate) most: usize,
    /// Where the entry of a context is, by its kind, name, tags and cardinality.
    places: HashMap<Box<[u8]>, usize>,
    pub(crate) entries: Vec<Entry>,
    /// What a flush has written and not yet sent.
    pub(crate) lines: VecDeque<Vec<u8>>,
    /// The context of a call, while it is looked for.
    context: Vec<u8>,
}

/// One context.
pub(crate) struct Entry {
    pub(crate) kind: MetricKind,
    pub(crate) name: Box<str>,
    pub(crate) tags: Box<[Box<str>]>,
    pub(crate) cardinality: Option<Box<str>>,
    state: State,
}

enum State {
    /// A sum, or the last value of a gauge.
    One(Owned),
    /// Members of a set, in the order in which they came.
    Members(HashSet<Owned>, Vec<Owned>),
    /// Samples, and how many there were.
    Samples(Vec<Owned>, u64),
}

/// A value that is kept.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Owned {
    Integer(i64),
    /// The bits of a double.
    Double(u64),
    Text(Arc<str>),
}

/// The order in which kinds are flushed.
fn rank(kind: MetricKind) -> usize {
    use MetricKind::{Count, Distribution, Gauge, Histogram, Set, Timing};
    [Count, Gauge, Set, Histogram, Distribution, Timing].iter().position(|other| *other == kind).unwrap_or_default()
}

impl Owned {
    /// The value of a call of this kind.
    ///
    /// # Errors
    ///
    /// `TypeError`: a count's is no number; what its own conversion raises.
    pub(crate) fn of(kind: MetricKind, object: Option<&Bound<'_, PyAny>>, negates: bool) -> PyResult<Owned> {
        let Some(object) = object else { return Ok(Owned::Integer(if negates { -1 } else { 1 })) };
        let held = if negates { Held::negated(object)? } else { Held::of(object)? };
        Ok(match held {
            Held::Integer(number) => Owned::Integer(number),
            Held::Double(number) => Owned::Double(number.to_bits()),
            // A number that is neither: `True`, a fraction, one beyond 64 bits.
            Held::Text(_) if kind == MetricKind::Count => number(object, negates)?,
            Held::Text(text) => Owned::Text(text.to_str()?.into()),
        })
    }

    fn value(&self) -> Value<'_> {
        match self {
            Owned::Integer(number) => Value::I64(*number),
            Owned::Double(bits) => Value::F64(f64::from_bits(*bits)),
            Owned::Text(text) => Value::Text(text.as_bytes()),
        }
    }

    fn double(&self) -> f64 {
        match self {
            Owned::Integer(number) => *number as f64,
            Owned::Double(bits) => f64::from_bits(*bits),
            Owned::Text(_) => 0.0,
        }
    }

    /// Adds what another call counts.
    fn add(&mut self, other: &Owned) {
        *self = match (&*self, other) {
            (Owned::Integer(one), Owned::Integer(two)) => match one.checked_add(*two) {
                Some(sum) => Owned::Integer(sum),
                None => Owned::Double((*one as f64 + *two as f64).to_bits()),
            },
            (one, two) => Owned::Double((one.double() + two.double()).to_bits()),
        };
    }
}

#[cold]
fn number(object: &Bound<'_, PyAny>, negates: bool) -> PyResult<Owned> {
    if object.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("value must be a number, not str"));
    }
    if object.is_instance_of::<PyInt>()
        && let Ok(number) = object.extract::<i64>()
    {
        return Ok(Owned::Integer(if negates { number.wrapping_neg() } else { number }));
    }
    let number = gate::float(object)?;
    Ok(Owned::Double((if negates { -number } else { number }).to_bits()))
}

impl Gathered {
    /// Whether calls of this kind are aggregated.
    pub(crate) fn takes(&self, kind: MetricKind) -> bool {
        self.most > 0 || matches!(kind, MetricKind::Count | MetricKind::Gauge | MetricKind::Set)
    }

    /// Takes a call.
    pub(crate) fn add(&mut self, kind: MetricKind, name: &str, value: Owned, tags: &[&str], cardinality: Option<&str>) {
        self.context.clear();
        self.context.push(kind as u8);
        for text in [name, cardinality.unwrap_or_default()].iter().chain(tags) {
            // Whatever is in a text, two contexts are never one.
            self.context.extend_from_slice(&text.len().to_ne_bytes());
            self.context.extend_from_slice(text.as_bytes());
        }
        let Some(entry) = self.places.get(&*self.context).and_then(|place| self.entries.get_mut(*place)) else {
            self.places.insert(self.context.as_slice().into(), self.entries.len());
            let tags = tags.iter().map(|tag| Box::from(*tag)).collect();
            let state = match kind {
                MetricKind::Count | MetricKind::Gauge => State::One(value),
                MetricKind::Set => State::Members(HashSet::from([value.clone()]), vec![value]),
                _ => State::Samples(vec![value], 1),
            };
            self.entries.push(Entry { kind, name: name.into(), tags, cardinality: cardinality.map(Into::into), state });
            return;
        };
        match &mut entry.state {
            State::One(sum) if kind == MetricKind::Count => sum.add(&value),
            State::One(last) => *last = value,
            State::Members(known, members) => {
                if known.insert(value.clone()) {
                    members.push(value);
                }
            }
            State::Samples(kept, seen) => {
                *seen += 1;
                if kept.len() < self.most {
                    kept.push(value);
                } else {
                    let random = self.places.hasher().hash_one((*seen, &self.context));
                    let place = (u128::from(random) * u128::from(*seen)) >> 64;
                    if let Some(slot) = usize::try_from(place).ok().and_then(|place| kept.get_mut(place)) {
                        *slot = value;
                    }
                }
            }
        }
    }

    /// Everything, which is then forgotten, in the order of a flush.
    pub(crate) fn take(&mut self) -> Vec<Entry> {
        self.places.clear();
        let mut entries = mem::take(&mut self.entries);
        entries.sort_by_key(|entry| rank(entry.kind));
        entries
    }
}

impl Entry {
    /// Calls `work` with each line to be: its value and rate.
    pub(crate) fn for_each(&self, mut work: impl FnMut(Value<'_>, f64)) {
        match &self.state {
            State::One(value) => work(value.value(), 1.0),
            State::Members(_, members) => members.iter().for_each(|member| work(member.value(), 1.0)),
            State::Samples(kept, seen) => {
                let rate = kept.len() as f64 / *seen as f64;
                kept.iter().for_each(|sample| work(sample.value(), rate));
            }
        }
    }
}

/// Locks, whatever a panicking thread has left.
pub(crate) fn gathered(gathered: &Mutex<Gathered>) -> MutexGuard<'_, Gathered> {
    gathered.lock().unwrap_or_else(PoisonError::into_inner)
}
