//! `basenji check`: one harmless series through every sink, and what each place answers.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Settings as Aggregation, Source};
use basenji::core::wire::Metric;
use basenji::server::{Bucket, Growing, Memory};

use super::ROOMS;
use crate::config::{self, Environment, Flags};
use crate::failure::{Failure, reason};

/// The series: a gauge of 1.
const SERIES: &[u8] = b"basenji.check:1|g";

/// Runs the command. The exit code is 1 if a place does not take the series.
///
/// # Errors
///
/// What a start of the daemon would report, or that nothing can be written.
pub(crate) fn run(flags: &Flags) -> Result<ExitCode, Failure> {
    let loaded = config::load(flags, &Environment::of_the_process())?;
    let mut warnings = loaded.warnings;
    let settings = loaded.settings;
    let bucket = Arc::new(bucket()?);
    let (mut text, mut is_good) = (String::new(), true);
    for room in ROOMS.iter().filter(|room| room.is_wanted(&settings)) {
        warnings.extend(room.check(&settings)?);
        for probe in room.probe(&settings, &bucket) {
            let (word, answer) = match &probe.answer {
                Ok(answer) => ("ok", answer),
                Err(why) => ("failed", why),
            };
            is_good &= probe.answer.is_ok();
            let place = format!("{} {}", room.name(), probe.target);
            text.push_str(&format!("{}: {word}: {answer}\n", place.trim_end()));
        }
    }
    if text.is_empty() {
        text.push_str("series go to standard output: no other sink is set\n");
    }
    for warning in &warnings {
        // If standard error has no reader, the warning is lost.
        let _ = writeln!(io::stderr(), "basenji: warning: {warning}");
    }
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
    }
}

/// A flush of this moment with the series in it.
fn bucket() -> Result<Bucket, Failure> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let now = Time::from_secs(seconds);
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Aggregation::default());
    let metric = Metric::parse(SERIES).map_err(|error| Failure::new(error.to_string()))?;
    aggregator.record(&metric, &Source::default(), now).map_err(|full| Failure::new(full.to_string()))?;
    let mut bucket = Bucket::default();
    bucket.extend(aggregator.flush_all(now));
    Ok(bucket)
}
