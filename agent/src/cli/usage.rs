//! What is wrong with a command line, in one sentence.

use crate::failure::Failure;

/// The sentence for what clap has found on the command line.
pub(super) fn failure(error: &clap::Error) -> Failure {
    Failure::usage(sentence(error))
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
