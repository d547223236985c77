//! `basenji parse`: how bytes are understood, one object a message.
//!
//! Lines are streamed in constant memory; whatever can be read is written before the next read waits, so that the end
//! of a pipe sees each line as it comes.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;

use basenji::core::wire::Messages;

use crate::cli::ParseOptions;
use crate::failure::{Failure, reason};
use crate::input::{Piece, Pieces};
use crate::json::{Lines, write_message, write_refusal};

/// The longest line that is kept whole, newline included.
const LINE_CAPACITY: usize = 1024 * 1024;

/// Runs the command.
///
/// # Errors
///
/// The input cannot be read or the output cannot be written. An output that is closed is not an error.
pub(crate) fn run(options: &ParseOptions) -> Result<ExitCode, Failure> {
    let (name, mut input): (_, Box<dyn Read>) = match &options.file {
        Some(path) if path.as_os_str() != "-" => {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
            (name, Box::new(file))
        }
        _ => ("standard input".to_owned(), Box::new(io::stdin())),
    };
    let mut objects = Objects { lines: Lines::new(io::stdout().lock()), refused: false };
    let result = if options.datagram {
        let mut datagram = Vec::new();
        input.read_to_end(&mut datagram).map_err(|error| unreadable(&name, &error))?;
        objects.write(Messages::new(&datagram)).and_then(|()| objects.lines.flush())
    } else {
        let mut pieces = Pieces::new(input, LINE_CAPACITY);
        loop {
            let written = match pieces.next().map_err(|error| unreadable(&name, &error))? {
                Some(Piece::Lines(lines)) => objects.write(Messages::new(lines)),
                Some(Piece::Cut(line)) => objects.write(Messages::new(line).truncated(true)),
                None => break Ok(()),
            };
            if let Err(error) = written.and_then(|()| objects.lines.flush()) {
                break Err(error);
            }
        }
    };
    match result {
        Ok(()) if objects.refused && options.strict => Ok(ExitCode::FAILURE),
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Failure::new(format!("cannot write to standard output: {}", reason(&error)))),
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read {name}: {}", reason(error)))
}

/// The output, and whether a line was refused.
struct Objects<W> {
    lines: Lines<W>,
    refused: bool,
}

impl<W: Write> Objects<W> {
    fn write(&mut self, mut messages: Messages<'_>) -> io::Result<()> {
        while let Some(message) = messages.next() {
            match message {
                Ok(message) => write_message(&message, &mut self.lines)?,
                Err(error) => {
                    self.refused = true;
                    write_refusal(error, messages.line(), &mut self.lines)?;
                }
            }
        }
        Ok(())
    }
}
