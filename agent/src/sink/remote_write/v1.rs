//! Remote write 1.0: `prometheus.WriteRequest`, a message of time series whose labels are text.

use super::series::{self, Sample, Value};
use crate::encode::pen::FIELD;
use crate::encode::protobuf::Message;

/// Bytes of most time series: more than 127.
const USUAL: usize = 200;

/// Appends one sample as a time series of a request.
pub(super) fn append(sample: &Sample<'_>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    Message::new(out).message_of(1, USUAL, |message| {
        let (count, bytes) = sample.size();
        message.pen(bytes + count * 3 * FIELD, |pen| sample.each_pair(|name, value| pen.label(name, value)));
        for &(value, at) in sample.points {
            match value {
                Value::Number(value) => message.message(2, |message| {
                    message.double(1, value);
                    message.int(2, at);
                }),
                Value::Histogram(distribution) => {
                    message.message_of(4, USUAL, |message| series::histogram(message, distribution, scratch, at));
                }
            }
        }
    });
}
