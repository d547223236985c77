//! `GET /capture?seconds=60&bytes=67108864`: datagrams as they come, for a time, up to a number of bytes.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::copier::{Copier, Recording};
use super::frames::{Frame, Why, write};
use crate::cli::{CAPTURE_BYTES, CAPTURE_SECONDS, MOST_CAPTURE_BYTES, MOST_CAPTURE_SECONDS};
use crate::http::{Answer, Request};

/// The longest pause between two frames: without one a reader that is gone would not be noticed.
const PULSE: Duration = Duration::from_secs(1);

/// Answers a request for a capture.
pub(crate) fn serve(copier: &Arc<Copier>, request: &Request) -> Answer {
    let number = |name: &str, default: u64, most: u64| match request.parameter(name).map(|text| text.parse()) {
        None => Ok(default),
        Some(Ok(number)) if (1..=most).contains(&number) => Ok(number),
        Some(_) => Err(Answer::text("400 Bad Request", format!("{name} is a number from 1 to {most}\n"))),
    };
    let seconds = match number("seconds", CAPTURE_SECONDS, MOST_CAPTURE_SECONDS) {
        Ok(seconds) => seconds,
        Err(answer) => return answer,
    };
    let bytes = match number("bytes", CAPTURE_BYTES, MOST_CAPTURE_BYTES) {
        Ok(bytes) => bytes,
        Err(answer) => return answer,
    };
    let Some(recording) = copier.begin() else {
        return Answer::text("409 Conflict", "a capture runs already\n");
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    Answer::pieces("application/octet-stream", move |out| send(&recording, end, bytes, out))
}

fn send(recording: &Recording, end: Instant, mut bytes: u64, out: &mut dyn Write) -> io::Result<()> {
    // It has begun.
    write(&Frame::Pulse, out)?;
    out.flush()?;
    let mut is_flushed = true;
    let why = loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break Why::Time;
        }
        // What waits goes out together.
        let patience = if is_flushed { left.min(PULSE) } else { Duration::ZERO };
        match recording.next(patience) {
            Some(message) => {
                let Some(rest) = bytes.checked_sub(message.len() as u64) else { break Why::Bytes };
                bytes = rest;
                write(&Frame::Message(&message), out)?;
                is_flushed = false;
            }
            None => {
                if is_flushed {
                    write(&Frame::Pulse, out)?;
                }
                out.flush()?;
                is_flushed = true;
            }
        }
    };
    write(&Frame::End(why, recording.left_out()), out)
}
