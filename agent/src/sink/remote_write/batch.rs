//! Requests out of samples.

use std::sync::Arc;

use basenji::server::Amount;

use super::series::Sample;
use super::settings::Version;
use super::v2::Symbols;
use super::{v1, v2};
use crate::delivery::{Head, Payload};

/// Bytes of a request before compression, and how many samples it has, beyond which another one begins.
const BYTES: usize = 1 << 20;
const SAMPLES: usize = 10_000;

/// A request that is being made.
pub(super) struct Batch {
    version: Version,
    head: Arc<Head>,
    body: Vec<u8>,
    symbols: Symbols,
    /// Room for what is written on the way.
    scratch: Vec<u8>,
    samples: usize,
    amount: Amount,
    encoder: snap::raw::Encoder,
    /// Room for a compressed request.
    compressed: Vec<u8>,
}

impl Batch {
    pub(super) fn new(version: Version) -> Batch {
        let (kind, number) = match version {
            Version::One => ("application/x-protobuf", "0.1.0"),
            Version::Two => ("application/x-protobuf;proto=io.prometheus.write.v2.Request", "2.0.0"),
        };
        let headers =
            [("Content-Encoding", "snappy"), ("Content-Type", kind), ("X-Prometheus-Remote-Write-Version", number)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Batch {
            version,
            head: Arc::new(Head { path: String::new(), headers }),
            body: Vec::new(),
            symbols: Symbols::default(),
            scratch: Vec::new(),
            samples: 0,
            amount: Amount::default(),
            encoder: snap::raw::Encoder::new(),
            compressed: Vec::new(),
        }
    }

    /// Takes in a sample.
    pub(super) fn push(&mut self, sample: &Sample<'_>) {
        match self.version {
            Version::One => v1::append(sample, &mut self.scratch, &mut self.body),
            Version::Two => v2::append(sample, &mut self.symbols, &mut self.scratch, &mut self.body),
        }
        self.samples += 1;
    }

    /// All samples of this much are in.
    pub(super) fn count(&mut self, amount: Amount) {
        self.amount += amount;
    }

    pub(super) fn is_full(&self) -> bool {
        self.body.len() + self.symbols.len() >= BYTES || self.samples >= SAMPLES
    }

    /// The request, if there is anything in it; an empty one is next.
    pub(super) fn finish(&mut self, created: u64) -> Option<Payload> {
        if self.samples == 0 {
            return None;
        }
        let Batch { version, body, symbols, encoder, compressed, .. } = self;
        if *version == Version::Two {
            let mut request = Vec::with_capacity(symbols.len() + body.len());
            symbols.append(&mut request);
            symbols.clear();
            request.append(body);
            *body = request;
        }
        let most = snap::raw::max_compress_len(body.len());
        if compressed.len() < most {
            compressed.resize(most, 0);
        }
        // It fails for what is longer than 4 GiB alone.
        let len = encoder.compress(body, compressed).unwrap_or_default();
        body.clear();
        self.samples = 0;
        let amount = std::mem::take(&mut self.amount);
        let body = Arc::new(self.compressed[..len].to_vec());
        Some(Payload { head: Arc::clone(&self.head), body, amount, created })
    }
}
