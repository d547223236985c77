//! The outcome of a load: a line for a person, or an object.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use serde::Serialize;

use super::destination::{Destination, Tally};
use super::why::Why;
use crate::cli::ReportFormat;
use crate::failure::{Failure, reason};

/// The result of a load.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    to: String,
    seconds: f64,
    sent: Tally,
    messages_per_second: f64,
    refused: Refused,
    /// Datagrams over UDP that nothing listened for, as the host has answered: a lower bound, and a part of `sent`.
    unheard: u64,
    /// Datagrams of which a stream has sent only the beginning: a part of `sent`.
    cut: u64,
}

/// What the kernel has not taken, by reason.
#[derive(Debug, Default, Serialize)]
struct Refused {
    full: Tally,
    too_long: Tally,
    no_connection: Tally,
    other: Tally,
}

impl Report {
    /// What has gone through `destination`.
    pub(super) fn new(destination: &Destination, elapsed: Duration) -> Report {
        let (seconds, sent, counters) = (elapsed.as_secs_f64(), destination.sent(), destination.counters());
        let mut refused = Refused::default();
        for (why, tally) in destination.refused() {
            *refused.of(why) = tally;
        }
        Report {
            to: destination.address().to_string(),
            seconds,
            sent,
            messages_per_second: if seconds > 0.0 { sent.messages as f64 / seconds } else { 0.0 },
            refused,
            unheard: counters.refused,
            cut: counters.cut,
        }
    }

    /// Writes it to standard output. A reader that is gone is no error.
    ///
    /// # Errors
    ///
    /// Standard output fails.
    pub(super) fn write(&self, format: ReportFormat) -> Result<(), Failure> {
        let mut output = io::stdout().lock();
        let written = match format {
            ReportFormat::Text => writeln!(output, "{self}"),
            ReportFormat::Json => {
                serde_json::to_writer(&mut output, self).map_err(io::Error::from).and_then(|()| writeln!(output))
            }
        };
        match written.and_then(|()| output.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::new(format!("cannot write to standard output: {}", reason(&error))))
            }
            _ => Ok(()),
        }
    }
}

impl Refused {
    fn of(&mut self, why: Why) -> &mut Tally {
        match why {
            Why::Full => &mut self.full,
            Why::TooLong => &mut self.too_long,
            Why::NoConnection => &mut self.no_connection,
            Why::Other => &mut self.other,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { to, seconds, sent, messages_per_second, refused, unheard, cut } = self;
        write!(f, "sent {sent} to {to} in {seconds:.2} s, {messages_per_second:.0} messages/s; refused ")?;
        let reasons = [
            (Why::Full, refused.full),
            (Why::TooLong, refused.too_long),
            (Why::NoConnection, refused.no_connection),
            (Why::Other, refused.other),
        ];
        let mut separator = "";
        for (why, tally) in reasons.into_iter().filter(|(_, tally)| *tally != Tally::default()) {
            write!(f, "{separator}{tally} because {}", why.text())?;
            separator = ", ";
        }
        if separator.is_empty() {
            f.write_str("none")?;
        }
        if *unheard > 0 {
            write!(f, "; nobody has heard {unheard} of the datagrams or more")?;
        }
        if *cut > 0 {
            write!(f, "; {cut} of the datagrams were cut when a connection broke")?;
        }
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { messages, datagrams, bytes } = self;
        write!(f, "{messages} messages in {datagrams} datagrams ({bytes} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line_that_says_what_was_refused_and_why() {
        let tally = Tally { messages: 20, datagrams: 2, bytes: 300 };
        let mut report = Report {
            to: "udp://h:1".to_owned(),
            seconds: 2.0,
            sent: tally,
            messages_per_second: 10.0,
            refused: Refused::default(),
            unheard: 0,
            cut: 0,
        };
        let sent = "sent 20 messages in 2 datagrams (300 bytes) to udp://h:1 in 2.00 s, 10 messages/s; refused ";
        assert_eq!(report.to_string(), format!("{sent}none"));
        *report.refused.of(Why::Full) = tally;
        *report.refused.of(Why::Other) = Tally { messages: 1, datagrams: 1, bytes: 15 };
        report.unheard = 3;
        assert_eq!(
            report.to_string(),
            format!(
                "{sent}20 messages in 2 datagrams (300 bytes) because the socket was full, \
                 1 messages in 1 datagrams (15 bytes) because the system refused them; \
                 nobody has heard 3 of the datagrams or more"
            )
        );
    }
}
