//! The `basenji` command: DogStatsD in, finished series out.
//!
//! Standard output carries what was asked for and nothing else; logs and the last words of a failure go to standard
//! error. Exit codes: 0 after a finished job, a signal or an output whose reader is gone; 2 for an invalid command line
//! or variable; 1 for the rest.

mod capture;
mod cli;
mod config;
mod delivery;
mod encode;
#[cfg(test)]
mod example;
mod failure;
mod forward;
mod http;
mod import;
mod input;
mod json;
mod live;
mod log;
mod look;
mod losses;
#[cfg(debug_assertions)]
mod mines;
mod names;
mod parse;
mod reload;
mod run;
mod search;
mod send;
mod signals;
mod sink;
mod tagger;
mod terminal;
mod totals;
mod watchers;

use std::process::ExitCode;

use cli::Action;

fn main() -> ExitCode {
    let result = match cli::read(std::env::args_os()) {
        Ok(Action::Config(options)) => config::print(&options.flags),
        Ok(Action::Check(options)) => sink::check(&options.flags),
        Ok(Action::Open(options)) => look::open(&options),
        Ok(Action::Status(options)) => look::status(&options),
        Ok(Action::Top(options)) => look::top(&options),
        Ok(Action::Parse(options)) => parse::run(&options),
        Ok(Action::ClickHouse(options)) => sink::clickhouse(&options),
        Ok(Action::Capture(options)) => capture::run(&options),
        Ok(Action::Replay(options)) => send::replay(&options),
        Ok(Action::Import(options)) => import::run(&options),
        Ok(Action::Send(options)) => send::run(&options),
        Ok(Action::Run(options)) => run::run(&options),
        Err(code) => return code,
    };
    result.unwrap_or_else(failure::Failure::report)
}
