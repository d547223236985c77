//! The sink: keeps totals, sends them.

use std::collections::HashSet;
use std::sync::Arc;

use basenji::server::{Amount, Bucket, Point, Series, Sink};
use tracing::warn;

use super::answer::Written;
use super::batch::Batch;
use super::series::{Named, Scratch};
use super::settings::Version;
use crate::config::Settings;
use crate::delivery::{Answer, HttpClient, Options, Payload, Secret, Target, Verdict, shown};
use crate::encode::escape::Escaping;
use crate::failure::Failure;
use crate::json::Lossy;
use crate::sink::prometheus::{Families, check_series, event_series, rules};
use crate::sink::{Installed, Probe, Room};

const NAME: &str = "remote_write";

/// Seconds beyond which a point is late, or early: receivers refuse what is too old or too far ahead, and with it all that
/// comes in the same request.
const APART: u64 = 120;

/// How many refused names the daemon logs at most.
const SAID: usize = 100;

/// The room.
#[derive(Debug)]
pub(crate) struct RemoteWrite;

impl Room for RemoteWrite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        !settings.remote_write.url.0.is_empty()
    }

    fn most_memory(&self, settings: &Settings) -> usize {
        settings.delivery.memory().saturating_add(settings.prometheus.limits().most_memory())
    }

    fn check(&self, settings: &Settings) -> Result<Vec<String>, Failure> {
        client(settings).map(|_| Vec::new())
    }

    fn build(&self, settings: &Settings) -> Result<Installed, Failure> {
        let url = settings.remote_write.url.0.reveal();
        let mut options = Options::new(shown(url), &settings.delivery);
        options.storage = settings.delivery.storage(NAME, url, 0);
        // The samples of a series have to arrive in their order.
        options.is_ordered = true;
        let version = *settings.remote_write.version;
        let target =
            Target::new(options, client(settings)?, move |answer: &Answer, body: &[u8]| judge(answer, body, version));
        let series = Sender::new(settings)?;
        let looks = Some(series.families.looks());
        let sink = Sending { series, target: target.clone(), said: HashSet::new() };
        Ok(Installed { name: NAME, sink: Box::new(sink), health: Arc::new(target), looks })
    }

    fn probe(&self, settings: &Settings, bucket: &Arc<Bucket>) -> Vec<Probe> {
        let answer = client(settings).and_then(|client| Ok((client, Sender::new(settings)?)));
        let answer = answer.map_err(|failure| failure.to_string()).and_then(|(client, mut sender)| {
            let mut payloads = Vec::new();
            sender.take(bucket, &mut |payload| payloads.push(payload), &mut |_, _, _| {});
            let payload = payloads.first().ok_or("there is nothing to send")?;
            let answer = client.send(payload)?;
            match judge(&answer, &payload.body, *settings.remote_write.version) {
                Verdict::Delivered => Ok(answer.sentence()),
                Verdict::Refused { why, .. } | Verdict::Retry { why, .. } | Verdict::Partly { why, .. } => Err(why),
            }
        });
        vec![Probe { target: shown(settings.remote_write.url.0.reveal()), answer }]
    }
}

fn client(settings: &Settings) -> Result<HttpClient, Failure> {
    let own = &settings.remote_write;
    let mut headers = Vec::new();
    for pair in own.headers.reveal().split(',').filter(|pair| !pair.trim().is_empty()) {
        let pair = pair.split_once('=').filter(|(name, _)| !name.trim().is_empty());
        let (name, value) = pair.ok_or_else(|| {
            let origin = &own.headers.origin;
            Failure::usage(format!("basenji_remote_write_headers: expected NAME=VALUE,NAME=VALUE ({origin})"))
        })?;
        headers.push((name.trim().to_owned(), Secret::new(value.trim())));
    }
    let transport = settings.delivery.transport(|name| std::env::var(name).ok());
    HttpClient::new(own.url.0.reveal(), headers, &transport).map_err(Failure::usage)
}

/// What an answer means: everything but what is taken and what may be taken later is lost, and a request that was
/// refused in part is never sent again.
fn judge(answer: &Answer, body: &[u8], version: Version) -> Verdict {
    let why = answer.sentence();
    match answer.status {
        200..=299 if version == Version::Two => match Written::read(|name| answer.header(&name.to_ascii_lowercase())) {
            Some(written) => match Written::sent(body).missing(written) {
                0 => Verdict::Delivered,
                refused => {
                    Verdict::Partly { refused, why: format!("{why}, with {refused} samples fewer than were sent") }
                }
            },
            None => {
                let why = format!(
                    "{why}, without saying that it understands remote write 2.0: basenji_remote_write_version has to be 1"
                );
                Verdict::Refused { why, is_lasting: true }
            }
        },
        200..=299 => Verdict::Delivered,
        429 | 500..=599 => Verdict::Retry { why, after: answer.retry_after() },
        status => Verdict::Refused { why, is_lasting: matches!(status, 401 | 403 | 404) },
    }
}

/// The sink.
struct Sending {
    series: Sender,
    target: Target,
    said: HashSet<Box<[u8]>>,
}

impl Sink for Sending {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        let Sending { series, target, said } = self;
        target.account().take(Amount::of(bucket));
        series.take(bucket, &mut |payload| target.submit(payload), &mut |why, name, amount| {
            target.account().lose(why.reason(), amount);
            if said.len() < SAID && said.insert(name.into()) {
                warn!("{NAME}: {} is not sent: {}", Lossy(name), why.sentence());
            }
        });
    }

    fn stop(&mut self) {
        Target::stop_all(std::slice::from_ref(&self.target));
    }
}

/// Makes requests of buckets.
pub(super) struct Sender {
    families: Families,
    total: &'static str,
    scratch: Scratch,
    batch: Batch,
    /// Points that are older than others that were sent, or far ahead: what they are refused for is not refused with the
    /// others.
    late: Batch,
}

/// What takes a request.
type Take<'a> = &'a mut dyn FnMut(Payload);

/// The log's sentence about a series that is not sent.
type Refuse<'a> = &'a mut dyn FnMut(crate::sink::prometheus::Refusal, &[u8], Amount);

impl Sender {
    pub(super) fn new(settings: &Settings) -> Result<Sender, Failure> {
        let (rules, version) = (rules(settings)?, *settings.remote_write.version);
        let total = if rules.total_suffix { "_total" } else { "" };
        let (families, scratch) = (Families::new(rules), Scratch::default());
        Ok(Sender { families, total, scratch, batch: Batch::new(version), late: Batch::new(version) })
    }

    pub(super) fn take(&mut self, bucket: &Bucket, take: Take<'_>, refuse: Refuse<'_>) {
        let now = bucket.flushed_at().as_secs();
        for series in bucket.series() {
            self.one(&series, Amount::SERIES, now, take, refuse);
        }
        for event in bucket.events() {
            let series = Series { timestamp: now, ..event_series(&event) };
            self.one(&series, Amount::EVENT, now, take, refuse);
        }
        for check in bucket.service_checks() {
            let name = [check.name, b".status"].concat();
            let series = Series { timestamp: now, ..check_series(&check, &name) };
            self.one(&series, Amount::CHECK, now, take, refuse);
        }
        self.families.expire(now);
        [&mut self.batch, &mut self.late].into_iter().filter_map(|batch| batch.finish(now)).for_each(take);
    }

    fn one(&mut self, series: &Series<'_>, amount: Amount, now: u64, take: Take<'_>, refuse: Refuse<'_>) {
        let at = match self.families.take(series, now) {
            Ok(at) => at,
            Err(why) => return refuse(why, series.name, amount),
        };
        let Sender { families, total, scratch, batch, late } = self;
        let Some(slot) = families.slot_mut(at) else { return };
        let own = series.timestamp.saturating_add(series.interval.into());
        let is_apart = own.abs_diff(now) > APART;
        let is_gauge = matches!(series.point, Point::Gauge(_) | Point::Set(_));
        let millis = |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        let (batch, at) = match is_gauge && (is_apart || millis(own) <= slot.more.sent) {
            true => (late, millis(own)),
            false => {
                // A total that has grown by something of another time is what it is now.
                let at = millis(if is_apart { now } else { own }).max(slot.more.sent.saturating_add(1));
                slot.more.sent = at;
                (batch, at)
            }
        };
        let help = slot.more.look.as_ref().and_then(|look| look.help.as_deref()).unwrap_or_default();
        let named = Named {
            marked: slot.marked(Escaping::Underscores),
            name: slot.name(),
            host: slot.host(),
            tags: slot.tags(),
            help: help.as_bytes(),
            total,
            at,
            since: millis(slot.since),
        };
        scratch.samples(Escaping::Underscores, &named, &slot.total, |sample| batch.push(sample));
        batch.count(amount);
        if batch.is_full() {
            batch.finish(now).into_iter().for_each(take);
        }
    }
}

/// Makes requests and lets them go, for the bench.
#[cfg(test)]
pub(in crate::sink) fn bench(is_2: bool) -> crate::sink::bench::Encode {
    use crate::config::origin::Setting;
    use crate::sink::bench::Made;

    let mut settings = Settings::default();
    settings.remote_write.version = Setting::by_default(if is_2 { Version::Two } else { Version::One });
    let mut sender = Sender::new(&settings).expect("the settings are good");
    Box::new(move |bucket| {
        let mut made = Made::default();
        sender.take(bucket, &mut |payload| made.add(payload.size()), &mut |why, _, _| panic!("{why:?}"));
        made
    })
}
