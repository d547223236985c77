//! `basenji send`: messages from a command line, a pipe or a load generator.
//!
//! - A message is written by the core's safe dialect: nothing in it can break a line.
//! - Lines are packed whole into datagrams, which are handed to the kernel from this thread; what the kernel does not take
//!   is always reported.
//! - Only a load has a report on standard output; all else is silent when it works.

mod destination;
mod identity;
mod lines;
mod load;
mod message;
mod replay;
mod report;
mod warning;
mod why;

use std::process::ExitCode;

use basenji::client::{Address, DEFAULT_PORT, Environment};

use crate::cli::{Job, SendOptions};
use crate::failure::Failure;
use destination::Destination;
use identity::Sender;
pub(crate) use replay::run as replay;
use warning::warn;

/// Runs the command.
///
/// # Errors
///
/// A message could not be handed over, the options do not go together, or the input or output fails.
pub(crate) fn run(options: &SendOptions) -> Result<ExitCode, Failure> {
    let job = options.job()?;
    let environment = Environment::from_process();
    environment.problems.iter().for_each(warn);
    if environment.disabled {
        warn("nothing is sent because DD_DOGSTATSD_DISABLE says so");
        return Ok(ExitCode::SUCCESS);
    }
    let address = options.to.clone().or_else(|| environment.destination.clone()).unwrap_or_else(local);
    let mut destination = Destination::new(address, options.datagram_size)?;
    let sender = Sender::new(&environment);
    match job {
        Job::Lines => lines::run(&mut destination)?,
        Job::Repeat(message, times) => repeat(&mut destination, &message::line(message, &sender)?, times)?,
        Job::Load(message, load) => return load::run(&mut destination, &message::line(message, &sender)?, load),
    }
    destination.expect_listener()?;
    Ok(ExitCode::SUCCESS)
}

/// The default destination.
fn local() -> Address {
    Address::Udp { host: "127.0.0.1".to_owned(), port: DEFAULT_PORT }
}

/// Sends a line this many times, in as few datagrams as possible.
fn repeat(destination: &mut Destination, line: &[u8], times: u64) -> Result<(), Failure> {
    let most = destination.lines_of(line.len());
    let datagram = line.repeat(usize::try_from(times).unwrap_or(most).min(most));
    let mut left = times;
    while left > 0 {
        let messages = left.min(most as u64);
        let bytes = messages as usize * line.len();
        destination
            .deliver(datagram.get(..bytes).unwrap_or(&datagram), messages)
            .map_err(|why| destination.failure(&why))?;
        left -= messages;
    }
    destination.finish().map_err(|why| destination.failure(&why))
}
