"""Sketches and counts of members travel: the vectors that every language reads and writes, and what is refused."""

import json
import pickle
import socket
from pathlib import Path

import pytest

from basenji import Aggregator, Server, Sketch, StateError, Uniques

FORMS = ("compact", "agent", "otlp", "prometheus", "clickhouse")
VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "tests" / "vectors" / "states.jsonl").read_text("utf-8").split("\n")
    if line
]


def with_key(key):
    vectors = [vector for vector in VECTORS if key in vector]
    assert vectors
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector["name"])


@with_key("parts")
def test_sketches_are_written_read_and_merged_as_everywhere(vector):
    whole = Sketch()
    for part in vector["parts"]:
        here = Sketch()
        for value in part["values"]:
            here.add(value, part["weight"])
        whole.merge(Sketch.from_bytes(here.to_bytes()))
    assert (whole.count, whole.quantile(0.5)) == (vector["count"], vector["p50"])
    for form in FORMS:
        state = whole.to_bytes(form)
        assert state.hex() == vector["states"][form], form
        assert Sketch.from_bytes(memoryview(state), form=form).to_bytes().hex() == vector["kept"][form], form


def members(part):
    if isinstance(part, list):
        return part
    stem, first = part["first"].rsplit("-", 1)
    return [f"{stem}-{number}" for number in range(int(first), int(part["last"].rsplit("-", 1)[1]) + 1)]


@with_key("members")
def test_members_are_counted_written_read_and_merged_as_everywhere(vector):
    whole = Uniques()
    for part in vector["members"]:
        whole.merge(Uniques.from_bytes(Uniques(members(part)).to_bytes()))
    assert whole.count == vector["count"]
    assert whole.to_bytes().hex() == vector["uniques"]


@with_key("members")
@pytest.mark.parametrize("exact", [0, 1024])
def test_the_series_of_a_set_has_its_members_which_merge_with_those_of_other_sets(vector, exact):
    whole = Uniques()
    for part in vector["members"]:
        here = Aggregator(set_exact_members=exact)
        for member in members(part):
            here.set("users", member, now=1_700_000_000)
        for series in here.flush(now=1_700_000_010):
            assert series.uniques.count == pytest.approx(series.value, rel=0.01)
            whole.merge(series.uniques)
    assert whole.to_bytes().hex() == vector["uniques"]


def test_a_server_hands_out_the_members_of_a_set_and_of_nothing_else():
    with Server(port=0, telemetry=False) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"users:ann|s\nusers:bob|s\nviews:1|c", ("127.0.0.1", server.port))
        users = server.wait_for("users")
        assert users.uniques == Uniques(["bob", "ann"]) and users.value == 2
        users.uniques.add("eve")
        assert users.uniques.count == 3
        assert server.wait_for("views").uniques is None


@with_key("input_hex")
def test_what_is_corrupt_is_refused_with_reason_and_place(vector):
    data = bytes.fromhex(vector["input_hex"])
    with pytest.raises(StateError) as caught:
        Uniques.from_bytes(data) if vector["form"] == "uniques" else Sketch.from_bytes(data, vector["form"])
    error = caught.value
    assert (error.reason, error.code, error.offset) == (vector["error"], vector["code"], vector["offset"])
    assert isinstance(error, ValueError) and str(error).endswith(f"(at byte {error.offset})")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_uniques_are_pickled_compared_and_cleared():
    users = Uniques(["ann", b"bob", "ann"])
    assert pickle.loads(pickle.dumps(users)) == users != Uniques()
    assert repr(users) == "<Uniques count=2>"
    users.merge(users)
    assert users.count == 2
    users.clear()
    assert users == Uniques() and users.count == 0


def test_odd_arguments_are_named():
    for odd in (1, None, [b"x"]):
        with pytest.raises(TypeError, match="member must be str or bytes"):
            Uniques().add(odd)
    with pytest.raises(TypeError, match="members must be several"):
        Uniques("ann")
    with pytest.raises(TypeError, match="other must be a Uniques"):
        Uniques().merge(Sketch())
    with pytest.raises(TypeError, match="data must be bytes"):
        Sketch.from_bytes("text")
    for wrong in (lambda: Sketch().to_bytes("json"), lambda: Sketch.from_bytes(b"", "json")):
        with pytest.raises(ValueError, match="form must be one of compact, agent, otlp, prometheus, clickhouse, not 'json'"):
            wrong()
    with pytest.raises(TypeError, match="form must be str"):
        Sketch().to_bytes(1)
