//! What Datadog's answers mean, by the Agent's rules: what was refused for good is dropped, and `Retry-After` is not read.

use crate::delivery::{Answer, Verdict};

pub(super) fn judge(answer: &Answer) -> Verdict {
    match answer.status {
        200..300 => Verdict::Delivered,
        403 => Verdict::Refused { why: format!("the API key is invalid ({})", answer.sentence()), is_lasting: true },
        400 | 413 => Verdict::Refused { why: answer.sentence(), is_lasting: false },
        _ => Verdict::Retry { why: answer.sentence(), after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_better_next_time_is_dropped_and_all_else_is_sent_again() {
        for status in 100..600 {
            let answer = Answer { status, headers: vec![("retry-after".to_owned(), "9".to_owned())], body: Vec::new() };
            let word = match judge(&answer) {
                Verdict::Delivered => "delivered",
                Verdict::Refused { is_lasting: true, .. } => "invalid",
                Verdict::Refused { .. } => "refused",
                Verdict::Retry { after: None, .. } => "retry",
                verdict => panic!("{verdict:?}"),
            };
            let expected = match status {
                200..=299 => "delivered",
                400 | 413 => "refused",
                403 => "invalid",
                _ => "retry",
            };
            assert_eq!(word, expected, "{status}");
        }
    }
}
