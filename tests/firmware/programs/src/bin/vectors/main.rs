//! Reads every datagram of a table on the host, shows what is in it, and the series that all of them come to.
//!
//! Its argument is the path of the table: for each datagram a byte of flags, its length in four bytes, lowest first, and its bytes.

#![no_std]
#![no_main]

mod show;

use core::ffi::CStr;
use core::fmt::Write;

use cortex_m_rt::entry;
use semihosting::experimental::env;
use semihosting::fs::File;
use semihosting::io::{Read, Stdout, stdout};
use semihosting::{println, process};
use show::Receiver;

/// The longest datagram.
const LONGEST: usize = 65_536;
/// Text that is handed to the host at a time.
const CHUNK: usize = 4096;

#[entry]
fn main() -> ! {
    match run() {
        Ok(()) => process::exit(0),
        Err(reason) => {
            println!("vectors: {reason}");
            process::exit(1)
        }
    }
}

fn run() -> Result<(), &'static str> {
    let mut table = File::open(path(&mut [0; 512])?).map_err(|_| "the table cannot be opened")?;
    let mut receiver = Receiver::new();
    let mut out = Buffered { out: stdout().map_err(|_| "there is no output")?, text: [0; CHUNK], len: 0 };
    let mut bytes = [0; LONGEST];
    let mut head = [0; 5];
    while table.read_exact(&mut head).is_ok() {
        let [flags, len @ ..] = head;
        let datagram = bytes.get_mut(..u32::from_le_bytes(len) as usize).ok_or("a datagram is too long")?;
        table.read_exact(datagram).map_err(|_| "the table ends in a datagram")?;
        receiver.datagram(flags, datagram, &mut out).map_err(|_| "the output fails")?;
    }
    receiver.flush(&mut out).and_then(|()| out.flush()).map_err(|_| "the output fails")
}

/// The second word of the command line.
fn path(buffer: &mut [u8; 512]) -> Result<&CStr, &'static str> {
    let arguments = env::args::<512>().map_err(|_| "there are no arguments")?;
    let path = (&arguments).nth(1).and_then(Result::ok).ok_or("the argument is not a path")?;
    let space = buffer.get_mut(..path.len()).ok_or("the path is too long")?;
    space.copy_from_slice(path.as_bytes());
    CStr::from_bytes_until_nul(buffer).map_err(|_| "the path is too long")
}

/// Output in few calls of the host, each of which stops the processor.
struct Buffered {
    out: Stdout,
    text: [u8; CHUNK],
    len: usize,
}

impl Buffered {
    fn flush(&mut self) -> core::fmt::Result {
        let text = &self.text[..core::mem::take(&mut self.len)];
        semihosting::io::Write::write_all(&mut self.out, text).map_err(|_| core::fmt::Error)
    }
}

impl Write for Buffered {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for piece in text.as_bytes().chunks(CHUNK) {
            if self.len + piece.len() > CHUNK {
                self.flush()?;
            }
            self.text[self.len..][..piece.len()].copy_from_slice(piece);
            self.len += piece.len();
        }
        Ok(())
    }
}
