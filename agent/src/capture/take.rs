//! `basenji capture`: what a running daemon receives, into a file.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::frames::{Frame, Why, read};
use super::writer::Writer;
use crate::cli::CaptureOptions;
use crate::failure::{Failure, reason};
use crate::{http, look, signals};

/// Runs the command. A signal ends the capture, and the file is whole.
///
/// # Errors
///
/// There is no daemon, it captures already, it has ended, or the file cannot be written.
pub(crate) fn run(options: &CaptureOptions) -> Result<ExitCode, Failure> {
    let address = look::address(&options.daemon)?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    signals::watch(move |_| stopped.store(true, Ordering::Relaxed))
        .map_err(|error| Failure::new(format!("cannot watch for signals: {}", reason(&error))))?;
    let target = options.target();
    let mut stream = http::stream(address, &target, options.length())
        .map_err(|why| Failure::new(format!("cannot capture from the daemon at http://{address}: {why}")))?;
    let unwritable =
        |error: std::io::Error| Failure::new(format!("cannot write {}: {}", options.file.display(), reason(&error)));
    let mut writer =
        Writer::new(BufWriter::new(create(&options.file).map_err(unwritable)?), !options.plain).map_err(unwritable)?;
    let (start, mut buffer) = (Instant::now(), Vec::new());
    let (mut datagrams, mut bytes) = (0_u64, 0_u64);
    let ended = loop {
        if stop.load(Ordering::Relaxed) {
            break Ok((None, 0));
        }
        match read(&mut stream, &mut buffer) {
            Ok(Frame::Pulse) => {}
            Ok(Frame::End(why, left_out)) => break Ok((Some(why), left_out)),
            Ok(Frame::Message(message)) => {
                writer.push(message).map_err(unwritable)?;
                datagrams += 1;
                bytes += message.len() as u64;
            }
            Err(error) => break Err(error),
        }
    };
    writer.finish().map_err(unwritable)?;
    let seconds = start.elapsed().as_secs_f64();
    let file = options.file.display();
    let what = format!("{datagrams} datagrams ({bytes} bytes) in {seconds:.1} s, in {file}");
    let (why, left_out) = ended.map_err(|error| {
        Failure::new(format!("the daemon has ended the capture, or has ended: {}; captured {what}", reason(&error)))
    })?;
    if left_out > 0 {
        // If standard error has no reader, the warning is lost.
        let _ = writeln!(std::io::stderr(), "basenji: warning: {left_out} more came too fast, and are not in it");
    }
    let why = if why == Some(Why::Bytes) { "; it has come to its most bytes" } else { "" };
    look::show(&format!("captured {what}{why}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// A new file, which only its owner reads: values and tags may be private.
fn create(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
