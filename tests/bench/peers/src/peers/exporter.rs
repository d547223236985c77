//! metrics-exporter-dogstatsd with its defaults but for a shorter interval, called by the facade's macros and by its handles; histograms sampled too,
//! as ours are.

use std::thread;
use std::time::Duration;

use metrics::{Counter, Histogram, counter, histogram};
use metrics_exporter_dogstatsd::DogStatsDBuilder;

use crate::contexts::{NAME, TAGS, sample};
use crate::subject::{Group, Running, Start, Subject, Target};

pub(crate) fn subjects() -> Vec<Subject> {
    let subject = |name, group, start| Subject { name, ours: false, group, null: false, start: Start::Here(start) };
    vec![
        subject("metrics, counter handle", Group::Counter, counters),
        subject("metrics, histogram handle", Group::Samples, histograms),
        subject("metrics, sampled histogram", Group::Samples, sampled),
        subject("metrics, macro of literals", Group::Summed, literals),
        subject("metrics, macro of variables", Group::Summed, variables),
    ]
}

/// Its flush interval, in which the calls of a process are over, so that there is one flush of them; and a little more.
const INTERVAL: Duration = Duration::from_secs(1);
const FLUSH: Duration = Duration::from_millis(1100);

fn install(target: &Target, sampling: bool) {
    let address = match target {
        Target::Null => panic!("it has no such transport"),
        Target::Udp(port) => format!("127.0.0.1:{port}"),
        Target::Unix(path) => format!("unixgram://{}", path.display()),
    };
    let builder = DogStatsDBuilder::default().with_remote_address(address).expect("an address");
    builder.with_flush_interval(INTERVAL).with_histogram_sampling(sampling).install().expect("the first recorder");
}

fn counters(target: &Target) -> Box<dyn Running> {
    install(target, false);
    Box::new(Counters(TAGS.map(|tags| counter!(NAME, &tags))))
}

fn histograms(target: &Target) -> Box<dyn Running> {
    install(target, false);
    Box::new(Histograms(TAGS.map(|tags| histogram!(NAME, &tags))))
}

fn sampled(target: &Target) -> Box<dyn Running> {
    install(target, true);
    Box::new(Histograms(TAGS.map(|tags| histogram!(NAME, &tags))))
}

fn literals(target: &Target) -> Box<dyn Running> {
    install(target, false);
    Box::new(Literals)
}

fn variables(target: &Target) -> Box<dyn Running> {
    install(target, false);
    Box::new(Variables)
}

struct Counters([Counter; 4]);

impl Running for Counters {
    fn calls(&self, count: usize) {
        (0..count).for_each(|call| self.0[call % 4].increment(1));
    }

    fn finish(&self) {
        thread::sleep(FLUSH);
    }
}

struct Histograms([Histogram; 4]);

impl Running for Histograms {
    fn calls(&self, count: usize) {
        (0..count).for_each(|call| self.0[call % 4].record(sample(call)));
    }

    fn finish(&self) {
        thread::sleep(FLUSH);
    }
}

/// The key is made and hashed by the first call.
struct Literals;

impl Running for Literals {
    fn calls(&self, count: usize) {
        for call in 0..count {
            match call % 4 {
                0 => counter!("shop.checkout.requests", "method" => "get", "status" => "200").increment(1),
                1 => counter!("shop.checkout.requests", "method" => "get", "status" => "404").increment(1),
                2 => counter!("shop.checkout.requests", "method" => "post", "status" => "200").increment(1),
                _ => counter!("shop.checkout.requests", "method" => "post", "status" => "500").increment(1),
            }
        }
    }

    fn finish(&self) {
        thread::sleep(FLUSH);
    }
}

/// The key is made and hashed by each call.
struct Variables;

impl Running for Variables {
    fn calls(&self, count: usize) {
        (0..count).for_each(|call| counter!(NAME, &TAGS[call % 4]).increment(1));
    }

    fn finish(&self) {
        thread::sleep(FLUSH);
    }
}
