"""`parse`: every vector of datagrams, errors, and every kind of bytes."""

import array
import copy
import dataclasses
import json
import math
import pickle
import struct
from pathlib import Path

import pytest

import basenji
from basenji import Event, Metric, ParseError, ServiceCheck, parse

VECTORS = Path(__file__).parents[3] / "tests" / "vectors"
KINDS = {Metric: "metric", Event: "event", ServiceCheck: "service_check"}
SPECIAL = {"NaN": math.nan, "+Inf": math.inf, "-Inf": -math.inf}


def vectors():
    for path in sorted(VECTORS.glob("*.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            vector = json.loads(line) if line else {}
            # Lines that a listener cuts or refuses are a server's matter.
            if isinstance(vector.get("expect"), list) and not vector.get("truncated") and not vector.get("eol_required"):
                yield vector


def bits(number):
    return struct.pack("<d", SPECIAL.get(number, number))


def comparable(message):
    """Fields with their doubles bit by bit."""
    if message["kind"] == "metric":
        message["sample_rate"] = bits(message["sample_rate"])
        if message["type"] != "s":
            message["values"] = [bits(value) for value in message["values"]]
        message["values"] = list(message["values"])
    if message["kind"] != "error":
        message["tags"] = list(message["tags"])
    return message


def fields(found):
    if isinstance(found, ParseError):
        return {"kind": "error", "error": found.reason, "code": found.code, "offset": found.offset, "input": found.line}
    return {"kind": KINDS[type(found)], **dataclasses.asdict(found)}


@pytest.mark.parametrize("vector", list(vectors()), ids=lambda vector: vector["name"])
def test_a_vector_comes_out_as_it_is_written(vector):
    datagram = bytes.fromhex(vector["input_hex"]) if "input_hex" in vector else vector["input"]
    expected = [comparable(message) for message in vector["expect"]]
    assert [comparable(fields(found)) for found in parse(datagram, return_errors=True)] == expected


def test_there_are_vectors():
    assert sum(1 for _ in vectors()) > 250


def test_a_bad_line_is_an_error_with_its_place_and_carries_all_others():
    with pytest.raises(ParseError) as raised:
        parse("a:1|c\nb:x|c\n_sc|db|1\nd")
    error = raised.value
    assert isinstance(error, basenji.Error) and isinstance(error, ValueError)
    assert (error.code, error.reason, error.offset, error.line) == (5, "bad value", 2, "b:x|c")
    assert str(error) == "the value is not a number (a name must not contain ':') (at byte 2): 'b:x|c'"
    assert [message.name for message in error.messages] == ["a", "db"]
    assert [(each.code, each.offset) for each in error.errors] == [(5, 2), (1, 1)]
    assert error.errors[0] is error


def test_errors_can_stand_in_the_places_of_their_lines():
    found = parse("bad\na:1|c\nworse", return_errors=True)
    assert [type(each) for each in found] == [ParseError, Metric, ParseError]
    assert [each.line for each in found if isinstance(each, ParseError)] == ["bad", "worse"]


def test_every_kind_of_bytes_is_taken_and_text_as_utf8():
    given = "ä:1|c".encode()
    for datagram in ["ä:1|c", given, bytearray(given), memoryview(given), array.array("B", given)]:
        assert parse(datagram) == [Metric("ä", "c", (1.0,))]
    assert parse("") == parse(b"") == []
    long = "n" * (1 << 20)
    assert parse(f"{long}:1|c|#{long}")[0].tags == (long,)


@pytest.mark.parametrize(("datagram", "name"), [("a\ud800b:1|c", "a\ufffdb"), (b"a\xffb:1|c", "a\ufffdb"), ("\udcff\U0001f415:1|c", "\ufffd\U0001f415")])
def test_what_is_no_unicode_is_replaced(datagram, name):
    assert parse(datagram)[0].name == name


def test_odd_numbers_are_as_they_are_in_the_line():
    [metric] = parse("a:nan:-inf:inf|g|@7")
    assert math.isnan(metric.values[0]) and metric.values[1:] == (-math.inf, math.inf) and metric.sample_rate == 7


@pytest.mark.parametrize("datagram", [None, 1, 1.5, ["a:1|c"], object(), int])
def test_what_is_no_datagram_is_a_type_error(datagram):
    with pytest.raises(TypeError, match="datagram must be str or bytes-like, not "):
        parse(datagram)


def test_memory_with_gaps_is_a_buffer_error():
    with pytest.raises(BufferError):
        parse(memoryview(b"a:1|c a:1|c")[::2])


def test_messages_are_values():
    datagram = "a:1|c|#x,y|T5\n_e{1,2}:t|\\n|t:error\n_sc|db|2|m:down"
    for message in parse(datagram):
        assert message == pickle.loads(pickle.dumps(message)) == copy.deepcopy(message) == dataclasses.replace(message)
        assert hash(message) == hash(dataclasses.replace(message))
        with pytest.raises(dataclasses.FrozenInstanceError):
            message.tags = ()
    assert parse(datagram)[1] == Event("t", "\n", alert_type="error")
    match parse(datagram)[2]:
        case ServiceCheck(name, status, message=message):
            assert (name, status, message) == ("db", 2, "down")


def test_an_error_can_be_pickled():
    [error] = parse("a:1", return_errors=True)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.code, again.offset, again.reason) == (ParseError, str(error), error.code, error.offset, error.reason)
