//! The `basenji` command: DogStatsD in, finished series out.
//!
//! Standard output carries what was asked for and nothing else; logs and the last words of a failure go to standard
//! error. Exit codes: 0 after a finished job, a signal or an output that nobody reads any more; 2 for a command line or
//! variable that cannot be; 1 for the rest.

mod cli;
mod config;
mod failure;
mod http;
mod input;
mod json;
mod log;
mod look;
mod losses;
mod names;
mod parse;
mod reload;
mod run;
mod send;
mod signals;
mod sink;
mod tagger;
mod terminal;

use std::process::ExitCode;

use cli::Action;

fn main() -> ExitCode {
    let result = match cli::read(std::env::args_os()) {
        Ok(Action::Config(options)) => config::print(&options.flags),
        Ok(Action::Status(options)) => look::status(&options),
        Ok(Action::Top(options)) => look::top(&options),
        Ok(Action::Parse(options)) => parse::run(&options),
        Ok(Action::Send(options)) => send::run(&options),
        Ok(Action::Run(options)) => run::run(&options),
        Err(code) => return code,
    };
    result.unwrap_or_else(failure::Failure::report)
}
