"""`Aggregator`: what goes in, what comes out, and what is refused."""

import threading

import pytest

import basenji
from basenji import Aggregator, Metric, ParseError, SettingError

START = 1_700_000_000


def shown(aggregator, now=START + 10):
    return [str(series) for series in aggregator.flush(now)]


def test_datagrams_metrics_and_calls_come_to_one_point_a_series():
    aggregator = Aggregator(tags=["env:test"])
    assert aggregator.record("a:1|c\na:2:3|c|@0.5", now=START) == []
    assert aggregator.record(bytearray(b"a:1|c"), now=START) == []
    assert aggregator.record(Metric("a", "c", (1.0,), sample_rate=0.1), now=START) == []
    aggregator.count("a", now=START)
    aggregator.count("a", 2, sample_rate=0.5, now=START)
    aggregator.gauge("b", 1, now=START)
    aggregator.gauge("b", 2.5, ["x"], now=START)
    aggregator.set("c", "u", now=START)
    aggregator.set("c", 7, now=START)
    aggregator.record(Metric("c", "s", ("7",)), now=START)
    for sample in (1, 2, 9):
        aggregator.histogram("d", sample, now=START)
        aggregator.timing("e", sample, sample_rate=0.5, now=START)
        aggregator.distribution("f", sample, tags=("x",), now=START)
    assert sorted(shown(aggregator)) == [
        "a 27 (count) #env:test",
        "b 1 (gauge) #env:test",
        "b 2.5 (gauge) #env:test,x",
        "c 2 (set) #env:test",
        "d count=3 sum=12 min=1 max=9 (histogram) #env:test",
        "e count=6 sum=24 min=1 max=9 (timing) #env:test",
        "f count=3 sum=12 min=1 max=9 (distribution) #env:test,x",
    ]


def test_a_bucket_is_flushed_when_it_is_over_and_a_counter_goes_on_with_zeros():
    aggregator = Aggregator(bucket_secs=60, counter_expiry_secs=120)
    aggregator.count("a", now=START + 1)
    end = aggregator.next_flush_at(now=START + 1)
    assert end % 60 == 0 and START < end <= START + 60
    assert aggregator.flush(now=end - 0.001) == []
    [series] = aggregator.flush(now=end)
    assert (series.value, series.timestamp, series.interval) == (1.0, end - 60, 60)
    assert [series.value for series in aggregator.flush(now=end + 60)] == [0.0]
    assert aggregator.flush(now=end + 600) == aggregator.flush(now=end + 700) == []
    assert aggregator.stats().contexts == 0
    silent = Aggregator(counter_zeros=False)
    silent.count("a", now=START)
    assert (len(silent.flush(START + 10)), silent.flush(START + 20)) == (1, [])


def test_flush_all_takes_the_open_bucket_and_the_clock_is_the_default():
    aggregator = Aggregator()
    aggregator.count("a")
    [series] = aggregator.flush_all()
    assert series.value == 1.0 and series.timestamp % 10 == 0
    aggregator.record(Metric("b", "g", (2.0,), timestamp=START, container_id="ci-1"))
    assert ("b", START) in [(series.name, series.timestamp) for series in aggregator.flush_all()]


def test_aggregates_are_chosen_by_name():
    aggregator = Aggregator(aggregates=["min", "99percentile"])
    aggregator.record("a:1:2:3|h", now=START)
    assert aggregator.flush(START + 10)[0].aggregates == {"min": 1.0, "99percentile": 3.0}


def test_events_and_service_checks_are_given_back_and_bad_lines_are_errors_afterwards():
    aggregator = Aggregator()
    with pytest.raises(ParseError) as raised:
        aggregator.record("_sc|db|2\nbad\na:1|c\nb:x|c\n_e{1,1}:t|u", now=START)
    assert [type(each).__name__ for each in raised.value.messages] == ["ServiceCheck", "Event"]
    assert [(each.reason, each.offset) for each in raised.value.errors] == [("no |", 3), ("bad value", 2)]
    assert shown(aggregator) == ["a 1 (count)"]
    found = aggregator.record("_sc|db|2\nbad", return_errors=True)
    assert [type(each).__name__ for each in found] == ["ServiceCheck", "ParseError"]


def test_contexts_are_bounded_and_what_is_refused_or_odd_is_counted():
    aggregator = Aggregator(contexts=2)
    aggregator.record("a:1|c\nb:1|c\nc:1|c\na:nan:1|c|@7", now=START)
    assert shown(aggregator) == ["a 2 (count)", "b 1 (count)"]
    stats = aggregator.stats()
    assert (stats.contexts, stats.refused_contexts, stats.skipped_values, stats.odd_rates) == (2, 1, 1, 1)
    assert repr(aggregator) == "<Aggregator contexts=2>"


def test_aggregators_merge():
    one, other = Aggregator(), Aggregator(tags=["x"])
    one.record("a:1|c|#x\nd:1|d|#x", now=START)
    other.record("a:2|c\nd:3|d", now=START)
    one.merge(other)
    assert shown(one) == ["a 3 (count) #x", "d count=2 sum=4 min=1 max=3 (distribution) #x"]
    for wrong in (one, Aggregator(bucket_secs=60)):
        with pytest.raises(SettingError, match="other must be another|equal options"):
            one.merge(wrong)


def test_threads_may_share_one():
    aggregator = Aggregator()
    others = [Aggregator(), aggregator]

    def work():
        for _ in range(500):
            aggregator.record("a:1|c", now=START)
            aggregator.merge(others[0])
            others[0].flush(START)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shown(aggregator) == ["a 2000 (count)"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("record(1)", "message must be str or bytes-like, not int"),
        ("record('a:1|c', now='x')", "now must be a number, not 'x'"),
        ("record(Metric(1, 'c', (1.0,)))", "message.name must be str, not 1"),
        ("record(Metric('a', 1, (1.0,)))", "message.type must be str, not 1"),
        ("record(Metric('a', 'c', ('x',)))", "message.values must be a sequence of numbers, not ('x',)"),
        ("record(Metric('a', 's', (1.0,)))", "message.values must be a sequence of one str, not (1.0,)"),
        ("record(Metric('a', 'c', (1.0,), tags=(1,)))", "message.tags must be a sequence of str, not (1,)"),
        ("record(Metric('a', 'c', (1.0,), sample_rate='x'))", "message.sample_rate must be a number, not 'x'"),
        ("record(Metric('a', 'c', (1.0,), timestamp='x'))", "message.timestamp must be an int or None, not 'x'"),
        ("record(Metric('a', 'c', (1.0,), cardinality=1))", "message.cardinality must be str or None, not 1"),
        ("count(1)", "name must be str, not 1"),
        ("count('a', '1')", "value must be a number, not '1'"),
        ("gauge('a', None)", "value must be a number, not None"),
        ("gauge('a', 1, 'tag')", "tags must be a sequence of str, not 'tag'"),
        ("gauge('a', 1, [None])", "tags must be a sequence of str, not [None]"),
        ("histogram('a', 1, sample_rate='x')", "sample_rate must be a number, not 'x'"),
        ("flush('now')", "now must be a number, not 'now'"),
        ("next_flush_at([])", "now must be a number, not []"),
        ("merge(1)", "other must be an Aggregator, not 1"),
    ],
)
def test_a_wrong_type_is_a_type_error_that_names_the_argument(call, message):
    with pytest.raises(TypeError) as raised:
        eval(f"aggregator.{call}", {"aggregator": Aggregator(), "Metric": Metric})
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("count('')", "name must not be empty"),
        ("record(Metric('', 'c', (1.0,)))", "must have a name"),
        ("record(Metric('a', 'c', ()))", "a value at least"),
        ("record(Metric('a', 's', ('u', 'v')))", "of a set only one"),
        ("record(Metric('a', 'q', (1.0,)))", "message.type must be one of c, g, ms, h, d, s, not 'q'"),
        ("flush(-1)", "now must be seconds since 1970, not -1"),
        ("flush(float('nan'))", "now must be seconds since 1970, not NaN"),
    ],
)
def test_a_value_out_of_its_range_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        eval(f"aggregator.{call}", {"aggregator": Aggregator(), "Metric": Metric})


@pytest.mark.parametrize("options", [{"bucket_secs": 0}, {"aggregates": ["p95"]}, {"tags": ["a,b"]}, {"contexts": 1 << 40}, {"aggregates": ["max"] + [f"{n}percentile" for n in range(17)]}])
def test_an_option_out_of_its_range_is_a_setting_error(options):
    with pytest.raises(SettingError) as raised:
        Aggregator(**options)
    assert isinstance(raised.value, basenji.Error) and raised.value.code == 103
