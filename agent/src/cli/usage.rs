//! What is wrong with a command line or a variable, in one sentence.

use clap::error::{ContextKind, ContextValue};

use crate::failure::Failure;

/// The sentence for what clap has found on the command line.
pub(super) fn failure(error: &clap::Error) -> Failure {
    Failure::usage(sentence(error))
}

/// The sentence for what clap has found in the value of `variable`.
pub(super) fn failure_of_variable(error: &clap::Error, variable: &str) -> Failure {
    let sentence = sentence(error);
    Failure::usage(match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => sentence.replace(&format!("'{flag}'"), variable),
        _ => format!("{variable}: {sentence}"),
    })
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
