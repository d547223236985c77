//! Datadog's intake, and whatever else takes what the Agent sends: VictoriaMetrics, Vector, a worker of Observability
//! Pipelines.
//!
//! It is on when `api_key` is set, and then does what the Agent does: counts as rates with their interval, origin,
//! `device:` as a resource, sketches with keys and counts untouched, events, service checks. It sends no metadata of the
//! host, so that the tags of the host (`tags`) are added to each series, event and check; a query gives the same.

mod bodies;
mod json;
mod place;
#[cfg(test)]
mod reference;
mod rules;
mod series;
mod settings;
mod sketches;
#[cfg(test)]
mod tests;
mod validity;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use basenji::server::{Amount, Bucket, Sink};
use tracing::warn;

use super::{Health, Installed, Probe, Reason, Room, Row, State};
use crate::config::Settings as All;
use crate::delivery::{self, Answer, HttpClient, Options, Payload, Secret, Target, Transport, shown};
use crate::failure::{Failure, reason};
#[cfg(test)]
pub(super) use bodies::bench;
use bodies::{Bodies, Outcome};
use place::{AGENT, Place, places};
use series::Common;
pub(crate) use settings::Settings;
use validity::{NO_KEY, PATH, Question, Validity};

const NAME: &str = "datadog";

/// The room.
pub(crate) struct Datadog;

impl Room for Datadog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_wanted(&self, settings: &All) -> bool {
        !settings.datadog.api_key.is_empty()
    }

    fn most_memory(&self, settings: &All) -> usize {
        places(&settings.datadog, &mut Vec::new()).len().saturating_mul(settings.delivery.memory())
    }

    fn check(&self, settings: &All) -> Result<Vec<String>, Failure> {
        let mut warnings = Vec::new();
        for place in places(&settings.datadog, &mut warnings) {
            client(&place, &place.url, &transport(settings)).map_err(Failure::usage)?;
        }
        if settings.datadog.api_key.reveal().starts_with("ENC[") {
            warnings.push("api_key: ENC[] is sent as it is, since there is no secret backend here".to_owned());
        }
        settings.host.name(&mut warnings);
        Ok(warnings)
    }

    fn build(&self, settings: &All) -> Result<Installed, Failure> {
        let transport = transport(settings);
        let places = places(&settings.datadog, &mut Vec::new());
        let (mut outs, mut questions, mut directories) = (Vec::new(), Vec::new(), Vec::new());
        for place in places {
            let client = client(&place, &place.url, &transport).map_err(Failure::usage)?;
            let mut options = Options::new(name(&place), &settings.delivery);
            options.storage = settings.delivery.storage(NAME, &place.url, place.number);
            directories.extend(options.storage.iter().map(|storage| storage.directory.clone()));
            let validity = Validity::default();
            if let Some(client) = question(&place, &transport) {
                let name = format!("{NAME} {}", name(&place));
                questions.push(Question { name, client: client.map_err(Failure::usage)?, validity: validity.clone() });
            }
            outs.push(Out {
                target: Target::new(options, client, |answer: &Answer, _: &[u8]| rules::judge(answer)),
                validity,
                place,
            });
        }
        if let Some(root) = settings.delivery.storage_root(NAME) {
            forget(&root, &directories);
        }
        let minutes = match settings.datadog.validation_minutes.0 {
            0 => 60,
            minutes => minutes,
        };
        let (end, ended) = channel();
        let pause = Duration::from_secs(minutes * 60);
        thread::Builder::new()
            .name("basenji-api-key".to_owned())
            .spawn(move || validity::run(&questions, pause, &ended))
            .map_err(|error| Failure::new(format!("cannot start a thread: {}", reason(&error))))?;
        let outs = Arc::new(Outs(outs));
        let bodies = Bodies::new(&settings.datadog, common(settings));
        let sink = Box::new(Forwarder { bodies, outs: Arc::clone(&outs), _end: end });
        Ok(Installed { name: NAME, sink, health: outs, looks: None })
    }

    fn probe(&self, settings: &All, bucket: &Arc<Bucket>) -> Vec<Probe> {
        let transport = transport(settings);
        let mut bodies = Bodies::new(&settings.datadog, common(settings));
        let mut collected = Collected::default();
        bodies.make(bucket, &mut collected);
        let mut probes = Vec::new();
        for place in places(&settings.datadog, &mut Vec::new()) {
            let sent = place.takes.metrics().then(|| {
                let client = client(&place, &place.url, &transport)?;
                let answer = client.send(collected.0.first().ok_or("the settings switch series off")?)?;
                match rules::judge(&answer) {
                    delivery::Verdict::Delivered => Ok(answer.sentence()),
                    delivery::Verdict::Refused { why, .. } | delivery::Verdict::Retry { why, .. } => Err(why),
                    delivery::Verdict::Partly { why, .. } => Err(why),
                }
            });
            let said = question(&place, &transport).and_then(|client| validity::ask(&client.ok()?));
            let answer = match (sent, said) {
                (None, None) => continue,
                (Some(sent @ Err(_)), _) | (Some(sent), None) => sent,
                (_, Some(Err(answer))) => Err(format!("the API key is invalid, says {PATH} ({})", answer.sentence())),
                (None, Some(Ok(answer))) => Ok(format!("the API key is valid, says {PATH} ({})", answer.sentence())),
                (Some(Ok(sent)), Some(Ok(_))) => Ok(format!("{sent}; the API key is valid, says {PATH}")),
            };
            probes.push(Probe { target: name(&place), answer });
        }
        probes
    }
}

/// What asks whether the key of a place is valid, where somebody can tell.
fn question(place: &Place, transport: &Transport) -> Option<Result<HttpClient, String>> {
    let url = place.validation.as_ref().filter(|_| place.key.reveal() != NO_KEY)?;
    Some(client(place, url, &Transport { timeout: Duration::from_secs(10), ..transport.clone() }))
}

/// What a place is called: its URL, and the end of the key where a URL has several.
fn name(place: &Place) -> String {
    match place.number {
        0 => shown(&place.url),
        _ => format!("{} ({})", shown(&place.url), place.key.hint()),
    }
}

fn transport(settings: &All) -> Transport {
    settings.delivery.transport(|name| std::env::var(name).ok())
}

/// A client with the key of a place, which says what setting is wrong if the URL is.
fn client(place: &Place, url: &str, transport: &Transport) -> Result<HttpClient, String> {
    let agent = format!("datadog-agent/{AGENT} basenji/{}", env!("CARGO_PKG_VERSION"));
    let headers = vec![("DD-Api-Key".to_owned(), place.key.clone()), ("User-Agent".to_owned(), Secret::new(agent))];
    HttpClient::new(url, headers, transport).map_err(|problem| format!("{}: {problem}", place.setting))
}

fn common(settings: &All) -> Common {
    Common {
        hostname: settings.host.name(&mut Vec::new()),
        tags: settings.host.tags.0.iter().map(|tag| tag.0.clone()).collect(),
        has_raw_counts: *settings.datadog.has_raw_counts,
    }
}

/// Removes what waits for receivers that the settings do not name any more.
fn forget(root: &std::path::Path, known: &[std::path::PathBuf]) {
    match delivery::remove_unknown(root, known) {
        Ok(lost) if lost == Amount::default() => {}
        Ok(lost) => warn!("{NAME}: {} points, events and checks for receivers that are gone are dropped", lost.total()),
        Err(error) => warn!("{NAME}: cannot clean {}: {}", root.display(), reason(&error)),
    }
}

/// One receiver with one key.
struct Out {
    target: Target,
    validity: Validity,
    place: Place,
}

struct Outs(Vec<Out>);

impl Health for Outs {
    fn rows(&self) -> Vec<Row> {
        let row = |out: &Out| {
            let mut row = out.target.row();
            if out.validity.is_bad() {
                row.state = State::Failed;
                row.tally.last_error.get_or_insert_with(|| "the API key is invalid".to_owned());
            }
            row
        };
        self.0.iter().map(row).collect()
    }

    fn prepare_stop(&self) {
        self.0.iter().for_each(|out| out.target.prepare_stop());
    }
}

/// The sink.
struct Forwarder {
    bodies: Bodies,
    outs: Arc<Outs>,
    /// Its end ends the questions about keys.
    _end: Sender<()>,
}

impl Sink for Forwarder {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        let amount = Amount::of(bucket);
        let metrics = Amount { series: amount.series, ..Amount::default() };
        for Out { target, place, .. } in &self.outs.0 {
            target.account().take(amount);
            if !place.takes.metrics() {
                target.account().lose(Reason::SwitchedOff, metrics);
            }
            if !place.takes.rest() {
                target.account().lose(Reason::SwitchedOff, amount - metrics);
            }
        }
        self.bodies.make(bucket, &mut &*self.outs);
    }

    fn stop(&mut self) {
        let targets: Vec<_> = self.outs.0.iter().map(|out| out.target.clone()).collect();
        Target::stop_all(&targets);
    }
}

impl Outs {
    fn of(&self, is_metrics: bool) -> impl Iterator<Item = &Target> {
        let takes = move |out: &&Out| if is_metrics { out.place.takes.metrics() } else { out.place.takes.rest() };
        self.0.iter().filter(takes).map(|out| &out.target)
    }
}

impl Outcome for &Outs {
    fn body(&mut self, payload: Payload, is_metrics: bool) {
        self.of(is_metrics).for_each(|target| target.submit(payload.clone()));
    }

    fn lost(&mut self, reason: Reason, amount: Amount, is_metrics: bool) {
        self.of(is_metrics).for_each(|target| target.account().lose(reason, amount));
    }
}

/// Keeps bodies, for a probe.
#[derive(Default)]
struct Collected(Vec<Payload>);

impl Outcome for Collected {
    fn body(&mut self, payload: Payload, _: bool) {
        self.0.push(payload);
    }

    fn lost(&mut self, _: Reason, _: Amount, _: bool) {}
}
