//! Reading and writing.

use std::hint::black_box;

use basenji::core::sketch::Sketch;
use basenji::core::wire::number::{self, NumberBuffer, Style};
use basenji::core::wire::{Message, Messages, Metric, Writer};

use super::prepare::Prepare;

pub(super) const OPERATIONS: &[(&str, Prepare)] = &[
    ("parse a count", || parse(b"page.views:1|c|#env:prod,service:web")),
    ("parse a gauge with a fraction", || parse(b"queue.depth:6820.027|g|#env:prod")),
    ("parse packed timings with a rate", || parse(b"render:12.5:14:3.25:100|ms|@0.5|#page:home,env:dev")),
    ("parse a member of a set", || parse(b"users.seen:user4711|s|#env:prod")),
    ("parse eight tags and an origin", || {
        parse(b"http.requests.v3:1|c|#env:prod,service:web,version:1.2.3,endpoint:/api/v1/users,status:200,region:eu-west-1,pod:web-00a12,canary|c:ci-0123456789abcdef0123456789abcdef")
    }),
    ("parse an event", || parse(b"_e{6,11}:deploy|version 1.2|t:info|#env:prod")),
    ("parse a service check", || parse(b"_sc|db.up|0|#env:prod|m:all is well")),
    ("walk the messages of a datagram", || {
        let datagram = super::aggregate::datagram();
        Box::new(move || assert!(Messages::new(black_box(&datagram)).all(|message| message.is_ok())))
    }),
    ("take a datagram apart", || {
        let datagram = super::aggregate::datagram();
        Box::new(move || {
            let mut messages = Messages::new(black_box(&datagram));
            while black_box(messages.outline()).is_some() {}
        })
    }),
    ("read a number of 17 digits", || Box::new(|| assert!(number::parse(black_box(b"0.30000000000000004")).is_some()))),
    ("write a number of 17 digits", || {
        Box::new(|| assert!(!number::format(black_box(0.1 + 0.2), Style::Plain, &mut NumberBuffer::new()).is_empty()))
    }),
    ("write a metric", || {
        let metric = Metric::parse(b"render:12.5|ms|@0.5|#page:home,env:dev").expect("it is one");
        Box::new(move || {
            let mut buffer = [0; 128];
            assert!(black_box(&metric).write(&mut Writer::new(black_box(&mut buffer))).is_ok());
        })
    }),
    ("put a value into a sketch", || {
        let (mut sketch, mut value) = (Sketch::new(vec![0; 4096]), 1.0);
        Box::new(move || {
            value = if value > 1e6 { 1.0 } else { value * 1.37 };
            sketch.insert(black_box(value));
        })
    }),
    ("ask a sketch for a quantile", || {
        let mut sketch = Sketch::new(vec![0; 4096]);
        (1..1000).for_each(|value| sketch.insert(f64::from(value)));
        Box::new(move || assert!(black_box(&sketch).quantile(black_box(0.95)) > 0.0))
    }),
];

fn parse(line: &'static [u8]) -> Box<dyn FnMut()> {
    Box::new(move || assert!(black_box(Message::parse(black_box(line))).is_ok()))
}
