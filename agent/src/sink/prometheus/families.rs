//! The series of a page, by family: those of one name, which stand together there.
//!
//! No two samples of a page are alike, whatever the escaping: a family owns its name as `underscores` would have it, and
//! all names of its samples; a series that would be a second one with those labels, or of another type, is refused, and
//! so is each of its points, by [`Reason`].

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Bound;
use std::sync::Arc;

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::MetricKind;
use basenji::server::{Point, Series};
use hashbrown::HashTable;

use crate::encode::escape::Escaping;
use crate::encode::labels::Labels;
use crate::names::{Look, Looks, Observed};
use crate::sink;
use crate::totals::{Added, Limits, Place, Shape, Slot, Totals};

/// Seconds for which series stay for the sake of pages that are being written.
const PATIENCE: u64 = 120;

/// The type of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Summary,
    Histogram,
    /// A gauge that is one of the aggregates of a histogram or timing.
    Part(Aggregate),
}

impl Kind {
    /// The type of what a point of this type is shown as.
    fn of(kind: MetricKind, shape: &Shape) -> Kind {
        match kind {
            MetricKind::Count => Kind::Counter,
            MetricKind::Gauge | MetricKind::Set => Kind::Gauge,
            MetricKind::Distribution if *shape == Shape::Bins => Kind::Histogram,
            MetricKind::Histogram | MetricKind::Timing | MetricKind::Distribution => Kind::Summary,
        }
    }

    /// What names of samples and families end with, that of the family first.
    fn endings(self, has_total: bool) -> &'static [&'static str] {
        match self {
            Kind::Counter if has_total => &["_total", "", "_created"],
            Kind::Counter => &["", "_total", "_created"],
            Kind::Gauge | Kind::Part(_) => &[""],
            Kind::Summary => &["", "_sum", "_count", "_created"],
            Kind::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
        }
    }
}

/// Why a point is not on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// There is no room for another series.
    Full,
    /// Another name becomes the same name, or the other labels become these.
    Collision,
    /// Another type has the name, or one of its samples has.
    Clash,
    /// A count is negative.
    Negative,
}

impl Reason {
    /// For the account of a sink.
    pub(crate) fn reason(self) -> sink::Reason {
        match self {
            Reason::Full => sink::Reason::NoRoom,
            Reason::Collision | Reason::Clash => sink::Reason::Clash,
            Reason::Negative => sink::Reason::Unsupported,
        }
    }

    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Reason::Full => "there are too many series",
            Reason::Collision => "another series has the same name or labels once they are escaped",
            Reason::Clash => "another metric of another type has its name, or that of one of its samples",
            Reason::Negative => "its count is negative, and a counter of Prometheus only grows",
        }
    }
}

/// A family.
#[derive(Debug)]
pub(crate) struct Family {
    /// The name of the metric.
    pub(crate) name: Box<[u8]>,
    pub(crate) kind: Kind,
    /// Whether `_total` belongs to the name.
    pub(crate) has_total: bool,
    pub(crate) look: Option<Arc<Look>>,
    /// In the order of their arrival.
    pub(crate) series: Vec<u32>,
    /// Hashes of escaped labels, and whose.
    labels: HashTable<(u64, u32)>,
}

/// What the page knows of a series.
#[derive(Debug, Default)]
pub(crate) struct Member {
    /// Why it has no family.
    refused: Option<Reason>,
    shape: Shape,
    pub(crate) look: Option<Arc<Look>>,
    /// Milliseconds since 1970 of what was sent last, where series are sent.
    pub(crate) sent: i64,
}

/// What the page is made by.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) limits: Limits,
    /// What a distribution becomes.
    pub(crate) shape: Shape,
    /// The quantiles of a summary whose mapping does not say them.
    pub(crate) quantiles: Arc<[f64]>,
    /// Seconds after which a silent series leaves.
    pub(crate) expiry: u64,
    /// Whether the names of counters end in `_total`.
    pub(crate) total_suffix: bool,
    pub(crate) looks: Looks,
}

/// All families, by their escaped names.
#[derive(Debug)]
pub(crate) struct Families {
    totals: Totals<Member>,
    families: BTreeMap<Box<[u8]>, Family>,
    /// Escaped names of samples, and the family of each.
    claims: HashMap<Box<[u8]>, Box<[u8]>>,
    rules: Rules,
    /// Pages that are being written: while there are any, no series leaves, but for [`PATIENCE`].
    pages: usize,
    /// When series have last left, or could have.
    expired: u64,
    /// How often series have left while pages were written, which then cannot go on.
    generation: u64,
    hasher: BuildHasherDefault<DefaultHasher>,
    labels: Labels,
    others: Labels,
}

impl Families {
    pub(crate) fn new(rules: Rules) -> Families {
        Families {
            totals: Totals::new(rules.limits),
            families: BTreeMap::new(),
            claims: HashMap::new(),
            rules,
            pages: 0,
            expired: 0,
            generation: 0,
            hasher: BuildHasherDefault::default(),
            labels: Labels::default(),
            others: Labels::default(),
        }
    }

    /// How names look, which a reload changes for series that come after it.
    pub(crate) fn looks(&self) -> Looks {
        self.rules.looks.clone()
    }

    /// Takes in a point, and returns the slot of its series; says why not.
    ///
    /// # Errors
    ///
    /// The point will not be on the page.
    pub(crate) fn take(&mut self, series: &Series<'_>, now: u64) -> Result<u32, Reason> {
        let at = match self.totals.place(series, now) {
            Place::Known(at) => at,
            Place::Full => return Err(Reason::Full),
            Place::New(at) => {
                let look = self.rules.looks.of(series.name);
                let shape = self.shape(look.as_deref());
                let refused = self.join(at, Kind::of(series.kind, &shape), &series.point, &look).err();
                if let Some(slot) = self.totals.get_mut(at) {
                    slot.more = Member { refused, shape, look, sent: 0 };
                }
                at
            }
        };
        let shape = self.totals.get(at).map_or(Shape::Bins, |slot| slot.more.shape.clone());
        let added = self.totals.add(at, series, &shape, now);
        match (self.totals.get(at).and_then(|slot| slot.more.refused), added) {
            (Some(reason), _) => Err(reason),
            (None, Added::Negative) => Err(Reason::Negative),
            (None, _) => Ok(at),
        }
    }

    /// What a distribution of this look becomes.
    fn shape(&self, look: Option<&Look>) -> Shape {
        let quantiles = look.and_then(|look| look.quantiles.as_deref());
        let summary = || Shape::Summary(quantiles.map_or_else(|| Arc::clone(&self.rules.quantiles), Arc::from));
        match look.and_then(|look| look.observe_as) {
            Some(Observed::Summary) => summary(),
            Some(Observed::Native | Observed::Buckets) => Shape::Bins,
            None if self.rules.shape == Shape::Bins => Shape::Bins,
            None => summary(),
        }
    }

    /// Takes away what was silent for its time.
    pub(crate) fn expire(&mut self, now: u64) {
        if self.pages > 0 && now < self.expired.saturating_add(PATIENCE) {
            return;
        }
        self.expired = now;
        let before = self.totals.len();
        let expiry = self.rules.expiry;
        self.totals.retain(|_, slot| {
            let own = slot.more.look.as_ref().and_then(|look| look.ttl);
            slot.seen.saturating_add(own.unwrap_or(expiry)) < now
        });
        if self.totals.len() == before {
            return;
        }
        self.generation += u64::from(self.pages > 0);
        let Families { totals, families, claims, .. } = self;
        families.retain(|escaped, family| {
            family.series.retain(|&at| totals.get(at).is_some());
            family.labels.retain(|&mut (_, at)| totals.get(at).is_some());
            if family.series.is_empty() {
                claims.retain(|_, owner| owner != escaped);
            }
            !family.series.is_empty()
        });
    }

    /// A page begins, or ends. Returns its generation: once there is another one, the page cannot go on, as what has left
    /// may have come back and would be on it twice.
    pub(crate) fn page(&mut self, begins: bool) -> u64 {
        self.pages = if begins { self.pages + 1 } else { self.pages.saturating_sub(1) };
        self.generation
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The family after the one of that escaped name.
    pub(crate) fn after(&self, escaped: Option<&[u8]>) -> Option<(&[u8], &Family)> {
        let start = escaped.map_or(Bound::Unbounded, Bound::Excluded);
        self.families.range::<[u8], _>((start, Bound::Unbounded)).next().map(|(name, family)| (&**name, family))
    }

    pub(crate) fn get(&self, escaped: &[u8]) -> Option<&Family> {
        self.families.get(escaped)
    }

    pub(crate) fn slot(&self, at: u32) -> Option<&Slot<Member>> {
        self.totals.get(at)
    }

    pub(crate) fn slot_mut(&mut self, at: u32) -> Option<&mut Slot<Member>> {
        self.totals.get_mut(at)
    }

    /// How many series there are, those refused included.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.totals.len()
    }

    /// Gives a new series its places in families: all of them, or none.
    fn join(&mut self, at: u32, kind: Kind, point: &Point<'_>, look: &Option<Arc<Look>>) -> Result<(), Reason> {
        let is_part = |aggregate: &Aggregate| matches!(aggregate, Aggregate::Max | Aggregate::Min | Aggregate::Avg);
        let parts = match point {
            Point::Histogram(histogram) => histogram.aggregates,
            _ => &[],
        };
        let Some(slot) = self.totals.get(at) else { return Ok(()) };
        fill(&mut self.labels, slot);
        let code = self.hasher.hash_one(self.labels.iter().collect::<Vec<_>>());
        let has_total = self.rules.total_suffix && kind == Kind::Counter;
        let mut places = vec![Names::new(slot.name(), "", kind, has_total)];
        for aggregate in parts.iter().map(|part| part.0).filter(is_part) {
            places.push(Names::new(slot.name(), &format!(".{aggregate}"), Kind::Part(aggregate), false));
        }
        places.iter().try_for_each(|names| self.check(names, code))?;
        places.into_iter().for_each(|names| self.enter(names, code, at, look));
        Ok(())
    }

    /// Whether a series with the present labels, whose hash is `code`, has a place there.
    fn check(&mut self, names: &Names, code: u64) -> Result<(), Reason> {
        let Families { totals, families, claims, labels, others, .. } = self;
        let Some(family) = families.get(&*names.escaped) else {
            let is_free = names.samples.iter().all(|name| !claims.contains_key(name));
            return if is_free { Ok(()) } else { Err(Reason::Clash) };
        };
        if family.kind != names.kind {
            return Err(Reason::Clash);
        }
        let mut is_same = |&(other_code, other): &(u64, u32)| {
            let Some(other) = totals.get(other).filter(|_| other_code == code) else { return false };
            fill(others, other);
            labels.iter().eq(others.iter())
        };
        if *family.name != *names.name || family.labels.find(code, &mut is_same).is_some() {
            return Err(Reason::Collision);
        }
        Ok(())
    }

    fn enter(&mut self, names: Names, code: u64, at: u32, look: &Option<Arc<Look>>) {
        let Names { name, escaped, samples, kind, has_total } = names;
        let Families { families, claims, .. } = self;
        let family = families.entry(escaped).or_insert_with_key(|escaped| {
            claims.extend(samples.into_iter().map(|sample| (sample, escaped.clone())));
            Family { name, kind, has_total, look: look.clone(), series: Vec::new(), labels: HashTable::new() }
        });
        family.labels.insert_unique(code, (code, at), |&(code, _)| code);
        family.series.push(at);
    }
}

/// What a family is called, and what its samples are.
struct Names {
    name: Box<[u8]>,
    escaped: Box<[u8]>,
    samples: Vec<Box<[u8]>>,
    kind: Kind,
    has_total: bool,
}

impl Names {
    fn new(name: &[u8], suffix: &str, kind: Kind, has_total: bool) -> Names {
        let name = [name, suffix.as_bytes()].concat();
        let mut base = Vec::new();
        Escaping::Underscores.append(&name, &mut base);
        let samples = kind.endings(has_total).iter().map(|ending| [&base, ending.as_bytes()].concat().into());
        let samples: Vec<Box<[u8]>> = samples.collect();
        Names { name: name.into(), escaped: samples[0].clone(), samples, kind, has_total }
    }
}

fn fill(labels: &mut Labels, slot: &Slot<Member>) {
    labels.fill(Escaping::Underscores, slot.host(), slot.tags().iter());
}
