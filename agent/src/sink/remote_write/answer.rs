//! What an answer to a request of 2.0 says has been written, and what was sent.

use crate::encode::fields::{Value, fields};

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) samples: u64,
    pub(super) histograms: u64,
}

/// The headers by which a receiver says it.
pub(super) const HEADERS: [&str; 2] =
    ["X-Prometheus-Remote-Write-Samples-Written", "X-Prometheus-Remote-Write-Histograms-Written"];

impl Written {
    /// What the headers say; none if they are not there, and then the receiver has not understood the version,
    /// whatever its status: VictoriaMetrics answers 204 and stores nothing.
    pub(super) fn read<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Option<Written> {
        let [samples, histograms] = HEADERS.map(|name| header(name).and_then(|text| text.trim().parse().ok()));
        if samples.is_none() && histograms.is_none() {
            return None;
        }
        Some(Written { samples: samples.unwrap_or(0), histograms: histograms.unwrap_or(0) })
    }

    /// What is in a request. It is read from the request itself, which may come from the disk of an earlier run.
    pub(super) fn sent(body: &[u8]) -> Written {
        let request = snap::raw::Decoder::new().decompress_vec(body).unwrap_or_default();
        let mut sent = Written::default();
        for (_, series) in fields(&request).filter(|(field, _)| *field == 5) {
            let Value::Bytes(series) = series else { continue };
            for (field, _) in fields(series) {
                sent.samples += u64::from(field == 2);
                sent.histograms += u64::from(field == 3);
            }
        }
        sent
    }

    /// How much of this is not in `written`.
    pub(super) fn missing(self, written: Written) -> u64 {
        self.samples.saturating_sub(written.samples) + self.histograms.saturating_sub(written.histograms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_counted_in_the_request_itself() {
        // Of the known answer of 2.0: a sample and a histogram.
        let request = "220022085f5f6e616d655f5f2211706167655f7669657773325f746f74616c2203656e7622036465762205766965777322097265715f74696d65322a250a04010203041217090000000000004540108081e4dba23418a0ace0dba2342a04080118052a530a04010603041a470809190000000000607340200c29111360427914013e3001420508d40610014a01025a0210015a0508800110015a04084810015a050886051001620402020104788081e4dba2342a020803";
        let request: Vec<u8> =
            (0..request.len()).step_by(2).map(|at| u8::from_str_radix(&request[at..at + 2], 16).unwrap()).collect();
        let sent = Written::sent(&snap::raw::Encoder::new().compress_vec(&request).unwrap());
        assert_eq!(sent, Written { samples: 1, histograms: 1 });
        assert_eq!(sent.missing(sent), 0);
        assert_eq!(sent.missing(Written { samples: 5, histograms: 0 }), 1, "more samples make up for no histogram");
        assert_eq!(Written::sent(b"garbage"), Written::default());
    }

    #[test]
    fn an_answer_without_the_headers_has_stored_nothing() {
        let sent = Written { samples: 5, histograms: 2 };
        let read = |all: &[(&str, &'static str)]| {
            Written::read(|name| all.iter().find(|(header, _)| *header == name).map(|(_, value)| *value))
        };
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[(HEADERS[0], "x")]), None);
        assert_eq!(read(&[(HEADERS[0], "5"), (HEADERS[1], " 2")]), Some(sent));
        assert_eq!(read(&[(HEADERS[1], "3")]), Some(Written { samples: 0, histograms: 3 }));
    }
}
