//! The core alone: a client, a parser and a server's aggregator on one chip, without a network between them.

#![no_std]
#![no_main]

use core::str::from_utf8;

use basenji_core::aggregate::{Aggregator, Point, Series, Settings, Source, StaticStorage};
use basenji_core::client::{Client, Common, Options};
use basenji_core::wire::number::{NumberBuffer, Style, format};
use basenji_core::wire::{Message, Messages, Tags};
use basenji_core::{Full, Time};
use cortex_m_rt::entry;
use semihosting::{print, println, process};

const START: Time = Time::from_secs(1_000_000_000);

#[entry]
fn main() -> ! {
    match run() {
        Ok(()) => process::exit(0),
        Err(full) => {
            println!("loopback: {full}");
            process::exit(1)
        }
    }
}

fn run() -> Result<(), Full> {
    let mut aggregator = Aggregator::new(StaticStorage::<16, 1024, 512>::new(), Settings::new());
    let common = Common { prefix: "pump.", tags: "site:north", ..Common::default() };
    let mut client = Client::new(StaticStorage::<16, 1024, 256>::new(), [0; 2048], common, Options::new());

    for turn in 0..100u32 {
        let now = START.plus_millis(u64::from(turn) * 100);
        client.count(b"turns", 1, Tags::List(&[b"direction:left"]), now)?;
        client.gauge(b"pressure", 2.5 + f64::from(turn % 10) / 4.0, Tags::NONE, now)?;
        client.timing(b"cycle", f64::from(turn % 7), Tags::NONE, now)?;
        client.distribution(b"flow", f64::from(turn % 5), Tags::NONE, now)?;
        client.set(b"valves", if turn % 3 == 0 { b"a" } else { b"b" }, Tags::NONE, now)?;
        while let Some(datagram) = client.poll_transmit(now) {
            receive(datagram, now, &mut aggregator)?;
        }
    }
    let end = START.plus_millis(10_000);
    client.flush(end);
    while let Some(datagram) = client.poll_transmit(end) {
        receive(datagram, end, &mut aggregator)?;
    }
    receive(
        b"pump.turns:many|c\npump.turns|c\nalarm:1|x\n_sc|pump.ready|0|#site:north\n_e{4,7}:pump|stopped",
        end,
        &mut aggregator,
    )?;

    aggregator.flush_all(end.plus_millis(10_000)).for_each(|series| show(&series));
    Ok(())
}

/// What a server does with a datagram.
fn receive<const N: usize, const M: usize, const K: usize>(
    datagram: &[u8],
    now: Time,
    aggregator: &mut Aggregator<StaticStorage<N, M, K>>,
) -> Result<(), Full> {
    for message in Messages::new(datagram) {
        match message {
            Ok(Message::Metric(metric)) => aggregator.record(&metric, &Source::default(), now)?,
            Ok(Message::ServiceCheck(check)) => println!("check {} is {}", text(check.name), check.status.name()),
            Ok(Message::Event(event)) => println!("event of {} bytes", event.text.bytes().count()),
            Err(error) => println!("refused: {error}"),
        }
    }
    Ok(())
}

fn show(series: &Series<'_>) {
    print!("{}", text(series.name));
    for (place, tag) in series.tags.iter().enumerate() {
        print!("{}{}", if place == 0 { "#" } else { "," }, text(tag));
    }
    match series.point {
        Point::Count(value) => number(" count", value),
        Point::Gauge(value) => number(" gauge", value),
        Point::Set(members) => print!(" set={members}"),
        Point::Histogram(histogram) => {
            histogram.aggregates().for_each(|(aggregate, value)| {
                print!(" {aggregate}");
                number("", value);
            });
        }
        Point::Distribution(sketch) => {
            let summary = sketch.summary();
            print!(" distribution");
            number(" min", summary.min);
            number(" max", summary.max);
        }
        Point::Samples(_) | Point::Member(_) => {}
    }
    println!();
}

fn number(label: &str, value: f64) {
    let mut buffer = NumberBuffer::new();
    print!("{label}={}", text(format(value, Style::Plain, &mut buffer)));
}

fn text(bytes: &[u8]) -> &str {
    from_utf8(bytes).unwrap_or("(not UTF-8)")
}
