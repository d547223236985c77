use super::*;
use crate::example::series;
use basenji::server::Point;

const ROOMY: Limits = Limits { series: 1000, bytes: 1 << 20 };

/// Takes in a point; what it came to.
fn record(totals: &mut Totals<u8>, series: &Series<'_>, now: u64) -> (Place, Added) {
    let place = totals.place(series, now);
    match place {
        Place::Known(at) | Place::New(at) => (place, totals.add(at, series, &Shape::Bins, now)),
        Place::Full => (place, Added::Nothing),
    }
}

#[test]
fn counts_add_up_and_gauges_are_the_last() {
    let mut totals = Totals::new(ROOMY);
    let count = |sum| series("a", "", "env:dev", Point::Count(sum));
    assert_eq!(record(&mut totals, &count(2.0), 1), (Place::New(0), Added::Value));
    assert_eq!(record(&mut totals, &count(3.5), 2), (Place::Known(0), Added::Value));
    assert_eq!(record(&mut totals, &count(-1.0), 3), (Place::Known(0), Added::Negative));
    assert_eq!(record(&mut totals, &count(0.0), 4), (Place::Known(0), Added::Zero));
    let slot = totals.get(0).unwrap();
    assert_eq!((&slot.total, slot.since, slot.seen), (&Total::Counter(5.5), 1, 2));
    assert_eq!((slot.name(), slot.host(), slot.tags().iter().next()), (&b"a"[..], &b""[..], Some(&b"env:dev"[..])));
    for gauge in [7.0, -3.0] {
        record(&mut totals, &series("g", "h", "", Point::Gauge(gauge)), 1);
    }
    record(&mut totals, &series("s", "h", "", Point::Set(4)), 1);
    assert_eq!(totals.get(1).unwrap().total, Total::Gauge(-3.0));
    assert_eq!(totals.get(2).unwrap().total, Total::Gauge(4.0));
}

#[test]
fn name_host_tags_and_type_are_the_identity() {
    let mut totals = Totals::<u8>::new(ROOMY);
    let all = [
        series("ab", "", "", Point::Count(1.0)),
        series("a", "b", "", Point::Count(1.0)),
        series("a", "", "b", Point::Count(1.0)),
        series("a", "", "b", Point::Gauge(1.0)),
        Series { tags: Tags::List(&[b""]), ..series("a", "", "", Point::Count(1.0)) },
        series("a", "", "", Point::Count(1.0)),
    ];
    for _ in 0..2 {
        for (place, one) in all.iter().enumerate() {
            let at = match totals.place(one, 1) {
                Place::New(at) | Place::Known(at) => at,
                Place::Full => unreachable!(),
            };
            assert_eq!(at as usize, place);
        }
    }
    assert_eq!(totals.len(), all.len());
}

#[test]
fn a_silent_series_leaves_and_its_room_is_for_another() {
    let mut totals = Totals::<u8>::new(Limits { series: 2, bytes: 1 << 20 });
    for (name, now) in [("a", 10), ("b", 20)] {
        record(&mut totals, &series(name, "", "", Point::Count(1.0)), now);
    }
    let third = series("c", "", "", Point::Count(1.0));
    assert_eq!(record(&mut totals, &third, 30).0, Place::Full);
    totals.retain(|_, slot| slot.seen < 20);
    assert_eq!((totals.len(), totals.bytes()), (1, 1));
    assert_eq!(record(&mut totals, &third, 30), (Place::New(0), Added::Value));
    // It begins anew when it returns.
    totals.retain(|_, slot| slot.name() == b"b");
    assert_eq!(record(&mut totals, &series("b", "", "", Point::Count(1.0)), 40), (Place::New(1), Added::Value));
    assert_eq!(totals.get(1).unwrap().total, Total::Counter(1.0));
}

#[test]
fn bytes_are_bounded_too() {
    let mut totals = Totals::<u8>::new(Limits { series: 1000, bytes: 100 });
    let names: Vec<_> = (0..100).map(|n| format!("name.of.ten.{n:02}")).collect();
    let refused =
        names.iter().filter(|name| record(&mut totals, &series(name, "", "", Point::Count(1.0)), 1).0 == Place::Full);
    assert_eq!(refused.count(), 93);
    assert!(totals.bytes() <= 100);
}

#[test]
fn many_series_come_and_go_and_each_is_found() {
    let mut totals = Totals::<u8>::new(Limits { series: 100_000, bytes: 1 << 30 });
    for round in 0..4_u64 {
        for n in 0..20_000_u64 {
            let name = format!("name.{}", n + round * 5_000);
            record(&mut totals, &series(&name, "", "env:dev", Point::Count(1.0)), round);
        }
        totals.retain(|_, slot| slot.seen + 1 < round);
    }
    // Names 10,000 to 15,000 were in the last two rounds and the two before; those before 10,000 are gone.
    let of = |totals: &mut Totals<u8>, n: u64| {
        let name = format!("name.{n}");
        match totals.place(&series(&name, "", "env:dev", Point::Count(0.0)), 9) {
            Place::Known(at) => totals.get(at).map(|slot| slot.total.clone()),
            _ => None,
        }
    };
    assert_eq!(totals.len(), 25_000);
    assert_eq!(of(&mut totals, 9_999), None);
    assert_eq!(of(&mut totals, 16_000), Some(Total::Counter(4.0)));
    assert_eq!(of(&mut totals, 34_999), Some(Total::Counter(1.0)));
}
