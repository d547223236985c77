"""Calls that are made again with the same objects, which the client knows by their identity, say what they say."""

import gc
import math
import threading
from collections import Counter

import pytest
from receiving import lines

import basenji


def test_a_call_counts_the_same_the_first_time_and_later(client, receiver):
    tags = ["a:1", "b:2"]
    for _ in range(100):
        client.increment("c", tags=tags)
        client.increment("c", 2, tags)
        client.decrement("c", tags=tuple(tags))
        client.count("c", value=0.5, tags=["a:1", "b:2"])
        client.increment("bare")
    assert lines(client, receiver) == ["bare:100|c", "c:250|c|#a:1,b:2"]
    client.increment("c", tags=tags)
    assert lines(client, receiver) == ["c:1|c|#a:1,b:2"]


@pytest.mark.parametrize(("method", "kind"), [("histogram", "h"), ("distribution", "d"), ("timing", "ms")])
def test_samples_are_all_there(client, receiver, method, kind):
    for n in range(100):
        getattr(client, method)("m", n if n % 2 else n + 0.5, tags=["a:1"])
    (name, values), *_ = [line.split("|")[0].split(":", 1) for line in lines(client, receiver)]
    assert sorted(map(float, values.split(":"))) == [n if n % 2 else n + 0.5 for n in range(100)]
    # Of more than some hundred the line has values of bins, each as often as its rate says.
    for n in range(3000):
        getattr(client, method)("m", n, tags=["a:1"])
    found = [metric for line in lines(client, receiver) for metric in basenji.parse(line)]
    assert sum(len(metric.values) / metric.sample_rate for metric in found) == 3000


def test_the_last_gauge_holds_whatever_is_known(client, receiver):
    same = ["a:1"]
    for n in range(1000):
        client.gauge("g", n if n % 2 else n + 0.5, tags=same)
        client.gauge("g", -n, tags=[f"a:{len(same)}"])
    assert lines(client, receiver) == ["g:-999|g|#a:1"]
    client.gauge("g", 1, tags=same)
    client.gauge("g", 2.5, tags=same)
    assert lines(client, receiver) == ["g:2.5|g|#a:1"]


def test_a_list_may_change_between_two_calls(client, receiver):
    tags = ["a:1"]
    for n in range(30):
        tags[0] = ("a:1", "a:2", "a:3")[n % 3]
        tags[1:] = ["more"] * (n % 2)
        client.increment("c", tags=tags)
    expected = [f"c:5|c|#a:{a}{more}" for a in (1, 2, 3) for more in ("", ",more")]
    assert lines(client, receiver) == sorted(expected)


def test_one_name_is_of_several_types(client, receiver):
    for _ in range(5):
        client.increment("m")
        client.distribution("m", 1)
        client.gauge("m", 1)
    assert lines(client, receiver) == ["m:1:1:1:1:1|d", "m:1|g", "m:5|c"]


def test_strings_that_take_each_others_place_in_memory_are_told_apart(client, receiver):
    expected = Counter()
    for n in range(20_000):
        page = n * 7919 % 97
        client.increment("c", tags=[f"page:{page}", "env:dev"])
        expected[f"page:{page},env:dev"] += 1
        if n % 5000 == 0:
            gc.collect()
    found = {line.partition("|c|#")[2]: int(line[2 : line.index("|")]) for line in lines(client, receiver)}
    assert found == expected


def test_more_calls_than_can_be_known_lose_nothing(client, receiver):
    names = [f"name.{n}" for n in range(3000)]
    for _ in range(7):
        for name in names:
            client.increment(name, tags=["a:1"])
    assert Counter(lines(client, receiver)) == Counter(f"{name}:7|c|#a:1" for name in names)


def test_many_tags_and_tags_with_a_comma_are_as_they_were_given(client, receiver):
    many = [f"t{n}:{n}" for n in range(12)]
    for _ in range(4):
        client.increment("many", tags=many)
        client.increment("comma", tags=["a,b", "c"])
    assert Counter(lines(client, receiver)) == Counter({f"many:4|c|#{','.join(many)}": 1, "comma:1|c|#a_b,c": 4})


def test_what_is_refused_is_refused_each_time(client, receiver):
    for _ in range(4):
        client.distribution("d", 1.0)
        client.distribution("d", math.nan)
        client.increment("")
        with pytest.raises(TypeError):
            client.increment("c", tags=[None])
        with pytest.raises(TypeError):
            client.increment(None)
    assert lines(client, receiver) == ["d:1:1:1:1|d"]
    assert client.stats().refused == 8


def test_huge_numbers_are_added_as_they_are(client, receiver):
    for _ in range(4):
        client.count("c", 1 << 62)
    assert lines(client, receiver) == [f"c:{1 << 62}|c"] * 4


def test_a_rate_a_cardinality_and_a_timestamp_are_not_forgotten(client, receiver):
    for _ in range(4):
        client.increment("c")
        client.increment("c", cardinality="low")
        client.count_with_timestamp("c", 1, 1_700_000_000)
    assert Counter(lines(client, receiver)) == Counter({"c:4|c": 1, "c:4|c|card:low": 1, "c:1|c|T1700000000": 4})


def test_threads_that_make_the_same_call_lose_nothing(client, receiver):
    tags = ["a:1"]

    def count():
        for _ in range(5000):
            client.increment("c", tags=tags)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines(client, receiver) == ["c:40000|c|#a:1"]


def test_after_the_end_a_known_call_is_counted_and_not_sent(client, receiver):
    for _ in range(4):
        client.increment("c")
    client.close()
    assert receiver.datagrams() == ["c:4|c\n"]
    before = client.stats().metrics
    client.increment("c")
    client.flush()
    assert receiver.datagrams() == [] and client.stats().metrics == before + 1
