//! What is wrong with a command line, in one sentence.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::failure::Failure;

/// The sentence for what clap has found on the command line.
pub(super) fn failure(error: &clap::Error, command: Command, arguments: &[OsString]) -> Failure {
    match meant(error, command, arguments) {
        Some((word, meant)) => Failure::usage(format!("there is no '{word}'; did you mean '{meant}'?")),
        None => Failure::usage(sentence(error)),
    }
}

/// A mistyped command or flag, and the one that is nearest.
fn meant(error: &clap::Error, mut command: Command, arguments: &[OsString]) -> Option<(String, String)> {
    command.build();
    let mut place = &command;
    for argument in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        place = place.find_subcommand(argument).unwrap_or(place);
    }
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    };
    if let Some(word) = said(ContextKind::InvalidSubcommand) {
        // `help` has the commands of its parent.
        let place = if place.get_name() == "help" { &command } else { place };
        let meant = basenji::settings::nearest(&word, place.get_subcommands().map(Command::get_name))?.to_owned();
        return Some((word, meant));
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let word = said(ContextKind::InvalidArg).filter(|word| word.starts_with("--"))?;
    let meant =
        basenji::settings::nearest(word.trim_start_matches('-'), place.get_arguments().filter_map(Arg::get_long))?;
    let meant = format!("--{meant}");
    Some((word, meant))
}

/// What clap says on several lines, but for its hints where to read on.
fn sentence(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let mut sentence = String::new();
    for piece in text.lines().map(str::trim).take_while(|piece| !is_hint(piece)).filter(|piece| !piece.is_empty()) {
        let (joint, piece) = match (piece.strip_prefix("error: "), piece.strip_prefix("tip: ")) {
            (Some(piece), _) => ("", piece),
            (_, Some(tip)) => ("; ", tip),
            _ => (" ", piece),
        };
        sentence.push_str(joint);
        sentence.push_str(piece);
    }
    sentence
}

fn is_hint(piece: &str) -> bool {
    piece.starts_with("Usage:") || piece.starts_with("For more information")
}
