//! The sink: takes buckets into the families, and serves them at an address of its own.

use std::collections::HashSet;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use basenji::server::{Amount, Bucket, Series, Sink};
use flate2::Compression;
use flate2::write::GzEncoder;
use tracing::warn;

use super::extra::{check_series, event_series};
use super::families::{Families, Reason as Refusal, Rules};
use super::negotiate::{Wanted, takes_gzip};
use super::page::{Page, TooSlow, lock};
use super::settings::Distributions;
use super::style::Style;
use crate::config::{Http, Settings};
use crate::failure::{Failure, reason};
use crate::http::{self, Answer, Policy, Request, Table};
use crate::json::Lossy;
use crate::names::Looks;
use crate::sink::{Health, Installed, Probe, Room, Row, SinkAccount, State};
use crate::totals::Shape;

/// How many refused names the daemon logs at most.
const SAID: usize = 100;

/// The page for Prometheus.
#[derive(Debug)]
pub(crate) struct Prometheus;

impl Room for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        *settings.prometheus.address != Http::Off
    }

    fn most_memory(&self, settings: &Settings) -> usize {
        settings.prometheus.limits().most_memory()
    }

    fn check(&self, settings: &Settings) -> Result<Vec<String>, Failure> {
        let buckets = &settings.prometheus.buckets;
        if !buckets.0.is_sorted_by(|a, b| a.0 < b.0) {
            let origin = &buckets.origin;
            return Err(Failure::usage(format!("basenji_prometheus_buckets: bounds have to ascend ({origin})")));
        }
        Ok(Vec::new())
    }

    fn build(&self, settings: &Settings) -> Result<Installed, Failure> {
        let own = &settings.prometheus;
        let Http::At(address) = *own.address else {
            return Err(Failure::usage("basenji_prometheus is off"));
        };
        let shared = Arc::new(Shared::new(settings)?);
        let looks = Some(lock(&shared.families).looks());
        let address = listen(address, settings, &shared).map_err(|error| {
            let origin = &own.address.origin;
            Failure::new(format!("cannot serve Prometheus at {address} ({origin}): {}", reason(&error)))
        })?;
        let health = Arc::new(Fares { target: address.to_string(), account: SinkAccount::default() });
        let sink = Taking { shared, health: Arc::clone(&health), said: HashSet::new() };
        Ok(Installed { name: self.name(), sink: Box::new(sink), health, looks })
    }

    fn probe(&self, settings: &Settings, _: &Arc<Bucket>) -> Vec<Probe> {
        let Http::At(address) = *settings.prometheus.address else { return Vec::new() };
        // The daemon may run, and then it has the address.
        let answer = match http::get(address, "/metrics") {
            Ok(page) => Ok(format!("a page of {} lines", page.lines().count())),
            Err(why) => Err(format!("no daemon serves it now: {why}")),
        };
        vec![Probe { target: address.to_string(), answer }]
    }
}

/// What the sink fills and the listener reads.
#[derive(Debug)]
struct Shared {
    families: Arc<Mutex<Families>>,
    style: Arc<Style>,
}

impl Shared {
    fn new(all: &Settings) -> Result<Shared, Failure> {
        let settings = &all.prometheus;
        let style = Style {
            bounds: settings.buckets.0.iter().map(|bound| bound.0).collect(),
            is_native: *settings.distributions == Distributions::Native,
        };
        Ok(Shared { families: Arc::new(Mutex::new(Families::new(rules(all)?))), style: Arc::new(style) })
    }

    fn answer(&self, request: &Request) -> Answer {
        let wanted = Wanted::of(request.field("accept").unwrap_or_default());
        let is_compressed = takes_gzip(request.field("accept-encoding").unwrap_or_default());
        let mut page = Page::new(Arc::clone(&self.families), wanted, Arc::clone(&self.style));
        let answer = Answer::pieces(wanted.to_string(), move |out| match is_compressed {
            false => write(&mut page, out),
            true => {
                let mut encoder = GzEncoder::new(out, Compression::fast());
                write(&mut page, &mut encoder)?;
                encoder.finish().map(drop)
            }
        });
        match is_compressed {
            true => answer.with_field("Content-Encoding", "gzip"),
            false => answer,
        }
    }
}

/// How totals are kept, here and for remote write.
///
/// # Errors
///
/// A name of a mapping cannot be looked for.
pub(in crate::sink) fn rules(all: &Settings) -> Result<Rules, Failure> {
    let settings = &all.prometheus;
    let looks = Looks::new(&all.mapper_profiles.0, &all.namespace)
        .map_err(|problem| Failure::usage(format!("dogstatsd_mapper_profiles: {problem}")))?;
    let quantiles: Arc<[f64]> = settings.quantiles.0.iter().map(|quantile| quantile.0).collect();
    Ok(Rules {
        limits: settings.limits(),
        shape: match *settings.distributions {
            Distributions::Summary => Shape::Summary(Arc::clone(&quantiles)),
            Distributions::Native | Distributions::Buckets => Shape::Bins,
        },
        quantiles,
        expiry: settings.expiry.0,
        total_suffix: *settings.total_suffix,
        looks,
    })
}

fn write(page: &mut Page, out: &mut dyn Write) -> io::Result<()> {
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let goes_on = page.piece(&mut piece).map_err(|TooSlow| io::ErrorKind::TimedOut)?;
        out.write_all(&piece)?;
        if !goes_on {
            return Ok(());
        }
    }
}

/// Serves the page; returns where.
fn listen(address: SocketAddr, settings: &Settings, shared: &Arc<Shared>) -> io::Result<SocketAddr> {
    let shared = Arc::clone(shared);
    let table = Table::default().lasting("/metrics", move |request| shared.answer(request));
    // Scrapers come by names that nobody has told us; a page in a browser of this machine could not read another
    // machine's.
    let policy = Policy { hosts: settings.http_hosts.0.clone(), any: !address.ip().is_loopback() };
    http::serve(address, table, policy)
}

/// How the sink fares: what is on the page is delivered.
struct Fares {
    target: String,
    account: SinkAccount,
}

impl Health for Fares {
    fn rows(&self) -> Vec<Row> {
        vec![Row { target: self.target.clone(), state: State::Ok, tally: self.account.look() }]
    }
}

/// Takes buckets in.
struct Taking {
    shared: Arc<Shared>,
    health: Arc<Fares>,
    said: HashSet<Box<[u8]>>,
}

/// How many series are taken in between two looks of a scraper.
const BATCH: usize = 1024;

impl Sink for Taking {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        self.health.account.take(Amount::of(bucket));
        let now = bucket.flushed_at().as_secs();
        let mut series = bucket.series().peekable();
        while series.peek().is_some() {
            let mut families = lock(&self.shared.families);
            let mut refused = Vec::new();
            let mut shown = Amount::default();
            for series in series.by_ref().take(BATCH) {
                match families.take(&series, now) {
                    Ok(_) => shown += Amount::SERIES,
                    Err(why) => refused.push((why, series.name)),
                }
            }
            drop(families);
            self.health.account.deliver(shown);
            refused.into_iter().for_each(|(why, name)| self.refuse(why, name, Amount::SERIES));
        }
        for event in bucket.events() {
            self.one(&event_series(&event), now, Amount::EVENT);
        }
        for check in bucket.service_checks() {
            let name = [check.name, b".status"].concat();
            self.one(&check_series(&check, &name), now, Amount::CHECK);
        }
        lock(&self.shared.families).expire(now);
    }
}

impl Taking {
    fn one(&mut self, series: &Series<'_>, now: u64, amount: Amount) {
        let taken = lock(&self.shared.families).take(series, now);
        match taken {
            Ok(_) => self.health.account.deliver(amount),
            Err(why) => self.refuse(why, series.name, amount),
        }
    }

    fn refuse(&mut self, why: Refusal, name: &[u8], amount: Amount) {
        self.health.account.lose(why.reason(), amount);
        if self.said.len() < SAID && self.said.insert(name.into()) {
            warn!("prometheus: {} is not on the page: {}", Lossy(name), why.sentence());
        }
    }
}

/// Writes pages of what was taken in first, for the bench; without `accept` it takes buckets in instead.
#[cfg(test)]
pub(in crate::sink) fn bench(accept: Option<&'static str>, is_compressed: bool) -> crate::sink::bench::Encode {
    use crate::sink::bench::{Counter, Made};

    let mut shared = None;
    Box::new(move |bucket| {
        let is_first = shared.is_none();
        let shared = shared.get_or_insert_with(|| Shared::new(&Settings::default()).expect("the settings are good"));
        if is_first || accept.is_none() {
            let mut families = lock(&shared.families);
            for series in bucket.series() {
                families.take(&series, 100).expect("there is room");
            }
        }
        let Some(accept) = accept else { return Made::default() };
        let mut page = Page::new(Arc::clone(&shared.families), Wanted::of(accept), Arc::clone(&shared.style));
        let mut counter = Counter::default();
        if is_compressed {
            let mut encoder = GzEncoder::new(&mut counter, Compression::fast());
            write(&mut page, &mut encoder).and_then(|()| encoder.finish().map(drop)).expect("it can be written");
        } else {
            write(&mut page, &mut counter).expect("it can be written");
        }
        Made { requests: 1, bytes: counter.0 }
    })
}
