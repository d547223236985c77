"""Each option of `Client` and of `Server`, away from its default, changes what is sent or received; there is a test for each."""

import inspect
import os
import socket
import time

import pytest
from receiving import Receiver

import basenji
from basenji import Client, Server


@pytest.fixture
def receiver(tmp_path):
    with Receiver("udp", tmp_path) as receiver:
        yield receiver


def sent(receiver, call=lambda client: client.increment("m"), **options):
    """What a client with these options sends for a call and a flush, and no more than that."""
    with Client(receiver.address(), **{"telemetry": False, "origin_detection": False, **options}) as client:
        call(client)
        client.flush()
        return receiver.datagrams()


def many(client):
    for n in range(100):
        client.increment(f"m{n:03}")


def gauge_and_count(client):
    client.increment("c")
    client.increment("c")


#: Each option with a value, a call, and what is sent then, or a test of it.
CASES = {
    "prefix": ("shop", "increment", ["shop.m:1|c\n"]),
    "suffix": ("eu", "increment", ["m.eu:1|c\n"]),
    "tags": (["env:dev", "a"], "increment", ["m:1|c|#env:dev,a\n"]),
    "max_payload": (64, many, lambda found: len(found) > 10 and max(map(len, found)) <= 64),
    "container_id": ("ci-1", "increment", ["m:1|c|c:ci-1\n"]),
    "cardinality": ("low", "increment", ["m:1|c|card:low\n"]),
    "profile": ("plain", gauge_and_count, ["c:1|c\n", "c:1|c\n"]),
    "aggregation": ("off", gauge_and_count, ["c:1|c\nc:1|c\n"]),
    "sample_rate": (1e-9, lambda client: client.distribution("d", 1), []),
    "use_ms": (True, lambda client: client.timed("t").__enter__().__exit__(None, None, None), ["t:0|ms\n"]),
    "contexts": (3, many, lambda found: "".join(found).count(":1|c") == 100),
    "context_bytes": (64, many, lambda found: "".join(found).count(":1|c") == 100),
    "cells": (4, lambda client: [client.distribution("d", n) for n in range(10)], lambda found: "d:" in "".join(found)),
    "background": (False, "increment", ["m:1|c\n"]),
    "dialect": ("hot-shots-telegraf", lambda client: client.increment("m", tags=["a:b"]), ["m,a=b:1|c"]),
    "longest_frame": (8000, "increment", ["m:1|c\n"]),
    "send_buffer": (100_000, "increment", ["m:1|c\n"]),
    "segmentation": (False, many, lambda found: "".join(found).count(":1|c") == 100),
    "lookup_interval": (1, "increment", ["m:1|c\n"]),
    "retry_first": (0.5, "increment", ["m:1|c\n"]),
    "retry_most": (2, "increment", ["m:1|c\n"]),
}


@pytest.mark.parametrize("option", CASES)
def test_an_option_of_the_client_has_its_effect(option, receiver):
    value, call, expected = CASES[option]
    found = sent(receiver, (lambda client: client.increment("m")) if call == "increment" else call, **{option: value})
    assert expected(found) if callable(expected) else found == expected


def test_the_address_says_where_to(receiver, tmp_path):
    (tmp_path / "other").mkdir()
    with Receiver("uds-dgram", tmp_path / "other") as other:
        assert (sent(other), receiver.datagrams()) == (["m:1|c\n"], [])


def test_the_flush_interval_says_when(receiver):
    receiver.socket.settimeout(10)
    with Client(receiver.address(), telemetry=False, origin_detection=False, flush_interval=0.05) as client:
        client.increment("m")
        assert receiver.socket.recv(100) == b"m:1|c\n"
    with Client(receiver.address(), telemetry=False, origin_detection=False, flush_interval=3600) as client:
        client.increment("m")
        receiver.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            receiver.socket.recv(100)


def test_the_telemetry_s_interval_says_how_often(receiver):
    def reports(client):
        for _ in range(5):
            client.increment("m")
            client.flush()
            time.sleep(0.002)

    def count(interval):
        return "".join(sent(receiver, reports, telemetry=True, telemetry_interval=interval)).count("client.metrics:")

    # A client's last report leaves when it is closed, which is after this has been counted.
    assert count(3600) == 0 and count(0.001) > 1


def test_the_environment_counts_or_does_not(receiver, monkeypatch):
    monkeypatch.setenv("DD_ENV", "dev")
    assert sent(receiver) == ["m:1|c|#env:dev\n"]
    assert sent(receiver, environment=False) == ["m:1|c\n"]
    monkeypatch.delenv("DD_ENV")
    monkeypatch.setenv("DD_EXTERNAL_ENV", "it-false")
    assert sent(receiver, origin_detection=True) != sent(receiver)


@pytest.fixture
def stalled(tmp_path):
    """The address of a socket that nobody reads, full after some datagrams."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "stalled.sock"))
        yield f"unix://{tmp_path}/stalled.sock"


def lost(address, **options):
    """The sentences of what a client has lost that called too much for a reader that is stalled."""
    options = {"max_payload": 512, "telemetry": False, "origin_detection": False, "troubles": 100, "flush_interval": 3600, **options}
    client = Client(address, **options)
    for n in range(20000):
        client.increment(f"a.name.of.some.length.{n:05}")
    client.flush(0.8)
    try:
        return client.troubles()
    finally:
        client.close(0)


def test_the_queue_s_options_say_what_is_lost(stalled):
    patient = {"expiry": 3600, "patience": 3600}
    assert lost(stalled, queue_bytes=1 << 26, **patient) == []
    assert "overflow" in lost(stalled, queue_bytes=2000, **patient)[0]
    assert "blocked" in lost(stalled, queue_bytes=1 << 26, expiry=3600, patience=0.01)[0]
    assert "expired" in lost(stalled, queue_bytes=1 << 26, expiry=0.01, patience=3600)[0]
    assert len(lost(stalled, queue_bytes=2000, troubles=1, **patient)) == 1


def test_the_newest_or_the_oldest_is_dropped(tmp_path):
    path = tmp_path / "d.sock"
    first = {}
    for overflow in ("oldest", "newest"):
        client = Client(f"unix://{path}", max_payload=64, queue_bytes=640, overflow=overflow, expiry=3600, patience=3600, telemetry=False, origin_detection=False)
        many(client)
        client.flush(0.1)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(path))
            listener.settimeout(20)
            first[overflow] = listener.recv(1000)
            client.close(0)
        path.unlink()
    assert first["newest"] < first["oldest"]


SAID_ELSEWHERE = {"address", "telemetry", "flush_interval", "telemetry_interval", "environment", "origin_detection", "queue_bytes", "expiry", "patience", "troubles", "overflow", "root", "transport"}


def test_the_root_is_where_the_container_is_looked_for(receiver, tmp_path):
    groups = tmp_path / "proc/self/cgroup"
    groups.parent.mkdir(parents=True)
    container = "0123456789abcdef" * 4
    groups.write_text(f"12:cpu:/docker/{container}\n")
    assert sent(receiver, root=str(tmp_path), origin_detection=True) == [f"m:1|c|c:ci-{container}\n"]


def test_a_transport_of_the_program_gets_each_datagram_in_order():
    got = []
    with Client(transport=got.append, telemetry=False, origin_detection=False, environment=False, flush_interval=3600) as client:
        client.increment("a")
        assert client.flush(5) and got == [b"a:1|c\n"]
        client.increment("b")
    assert got == [b"a:1|c\n", b"b:1|c\n"]


def test_a_flush_after_the_close_of_a_client_with_a_transport_waits_for_nothing():
    client = Client(transport=bytes, telemetry=False, origin_detection=False)
    client.close(5)
    start = time.monotonic()
    client.flush(20)
    assert time.monotonic() - start < 10


def test_a_transport_that_raises_or_calls_its_client_hangs_and_ends_nothing():
    client = None

    def transport(datagram):
        client.increment("again")
        client.flush(1)
        raise RuntimeError("no way")

    client = Client(transport=transport, telemetry=False, origin_detection=False)
    client.increment("a")
    assert client.flush(5)
    client.close(2)


def test_the_child_of_a_fork_has_a_transport_of_its_own(tmp_path):
    path = tmp_path / "got"

    def transport(datagram):
        with open(path, "ab") as file:
            file.write(datagram)

    client = Client(transport=transport, telemetry=False, origin_detection=False)
    child = os.fork()
    client.increment("child" if child == 0 else "parent")
    client.close(5)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert sorted(path.read_bytes().split()) == [b"child:1|c", b"parent:1|c"]


def test_each_option_of_the_client_has_a_test():
    assert {*CASES, *SAID_ELSEWHERE, "self"} == set(inspect.signature(Client.__init__).parameters)


@pytest.mark.parametrize("made", [Client, Server])
def test_an_option_that_there_is_not_is_refused_by_name_with_the_nearest(made):
    nearest = {Client: "prefix", Server: "socket_path"}[made]
    with pytest.raises(TypeError, match=f"{made.__name__}\\(\\) has no option '{nearest}x'; did you mean '{nearest}'"):
        made(**{nearest + "x": "v"})


@pytest.mark.parametrize(
    ("option", "value"),
    [("flush_interval", "2"), ("prefix", 5), ("tags", "env:dev"), ("tags", [5]), ("telemetry", "no"), ("max_payload", 1.5), ("use_ms", 1), ("cardinality", 5), ("contexts", "x"), ("transport", 5)],
)
def test_an_error_names_the_argument_of_a_wrong_type(option, value):
    with pytest.raises(TypeError, match=f"^{option} must be "):
        Client(**{option: value})


@pytest.mark.parametrize(("option", "value"), [("flush_interval", -1), ("cardinality", "odd"), ("sample_rate", 0), ("contexts", 0), ("expiry", float("nan"))])
def test_an_error_names_the_argument_out_of_its_range(option, value):
    with pytest.raises((ValueError, basenji.Error), match=option):
        Client(**{option: value})


def test_public_objects_show_what_they_are(receiver):
    with Client(receiver.address(), telemetry=False) as client, Server(port=0) as server:
        shown = [client, client.counter("c", tags=["a:1"]), client.gauge("g"), client.distribution("d"), basenji.DogStatsd(), server, basenji.Sketch(), basenji.Aggregator()]
        assert [repr(each).split()[0] for each in shown] == ["<Client", "<Counter", "<Gauge", "<Samples", "<DogStatsd", "<Server", "<Sketch", "<Aggregator"]
        assert repr(shown[1]) == "<Counter c #a:1>"


#: Each option of the server with a value, what is sent, and a test of the flush and the counters.
SERVED = {
    "host": ("127.0.0.2", "m:1|c", lambda server, found: server.addresses[0].startswith("127.0.0.2:")),
    "tags": (["env:dev"], "m:1|c", lambda server, found: found[0].tags == ("env:dev",)),
    "bucket_secs": (7, "m:1|c", lambda server, found: found[0].interval == 7),
    "aggregates": (["sum"], "m:1|h", lambda server, found: list(found[0].aggregates) == ["sum"]),
    "contexts": (1, "m:1|c\nn:1|c", lambda server, found: sum(server.stats().refused.values()) == 1),
    "receive_buffer": (16, "m:1|c\n" * 9, lambda server, found: server.stats().truncated["udp"] == 1),
    "telemetry": (False, "m:1|c", lambda server, found: not any(series.name.startswith("basenji.") for series in found)),
    "messages": (True, "m:1|c", lambda server, found: server.take_messages(1) != []),
    "counter_zeros": (False, "m:1|c", lambda server, found: found[0].value == 1),
}


@pytest.mark.parametrize("option", SERVED)
def test_an_option_of_the_server_has_its_effect(option):
    value, text, is_right = SERVED[option]
    options = {"telemetry": False, option: value}
    with Server(port=0, **options) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        host = options.get("host", "127.0.0.1")
        client.sendto(text.encode(), (host, server.port))
        flushes = server.flushes()
        deadline = time.monotonic() + 10
        while sum(server.stats().datagrams.values()) == 0 and time.monotonic() < deadline:
            time.sleep(0.005)
        server.flush()
        assert is_right(server, next(iter(flushes)).series if option != "receive_buffer" else [])
