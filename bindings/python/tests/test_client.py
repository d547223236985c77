"""`Client`, its handles, and what becomes of bad input."""

import math
import subprocess
import sys

import pytest
from receiving import Receiver, lines

import basenji
from basenji.dogstatsd import _sockets


def test_calls_are_aggregated_and_packed(client, receiver):
    for n in range(10):
        client.increment("c", tags=["a:1"])
        client.gauge("g", n)
        client.set("s", "one")
        client.distribution("d", n)
    assert lines(client, receiver) == ["c:10|c|#a:1", "d:0:1:2:3:4:5:6:7:8:9|d", "g:9|g", "s:one|s"]


def test_handles_count_as_calls_do(client, receiver):
    counter = client.counter("c", tags=["a:1"])
    counter.inc()
    counter.add(5)
    counter.dec()
    client.increment("c", 2, tags=["a:1"])
    client.gauge("g", tags=["b:2"]).set(2.5)
    samples = client.distribution("d")
    samples.record(1.5)
    with client.timing("t").time() as watch:
        pass
    found = lines(client, receiver)
    assert found[:3] == ["c:7|c|#a:1", "d:1.5|d", "g:2.5|g|#b:2"]
    assert found[3].startswith("t:") and watch.elapsed > 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "x"])
def test_what_is_no_number_is_refused_and_nothing_else_is_lost(client, receiver, value):
    client.gauge("bad", value)
    client.gauge("good", 1)
    assert lines(client, receiver) == ["good:1|g"]
    assert client.stats().refused == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.increment(5),
        lambda client: client.increment(None),
        lambda client: client.increment("m", tags=[None]),
        lambda client: client.increment("m", tags=[b"x"]),
        lambda client: client.increment("m", tags=5),
        lambda client: client.increment("m", sample_rate="often"),
        lambda client: client.increment("m", cardinality=5),
        lambda client: client.increment(),
        lambda client: client.increment("m", 1, metric="m"),
        lambda client: client.increment("m", nonsense=1),
        lambda client: client.increment("m", 1, [], 1, None, 1),
        lambda client: client.event(None, "text"),
        lambda client: client.counter("c").add("x"),
        lambda client: client.gauge("g").set("x"),
    ],
)
def test_a_wrong_type_is_a_type_error(client, receiver, call):
    with pytest.raises(TypeError):
        call(client)
    assert lines(client, receiver) == []


def test_a_newline_and_a_lone_surrogate_break_no_line(client, receiver):
    client.increment("a\nb", tags=["x\ny", "\ud800"])
    client.increment("\ud800")
    client.increment("m")
    assert lines(client, receiver) == ["a_b:1|c|#x_y,?", "m:1|c"]


def test_a_value_of_none_sends_nothing(client, receiver):
    client.gauge("m", None)
    assert lines(client, receiver) == []


def test_an_address_that_cannot_be_used_is_an_error():
    with pytest.raises(basenji.Error, match="tcp"):
        basenji.Client("tcp://127.0.0.1:1")


def test_telemetry_names_the_package_or_the_peer_that_it_stands_for(receiver):
    client = basenji.Client(receiver.address(), telemetry_interval=0.001, origin_detection=False)
    options = {"telemetry_min_flush_interval": 0.001, "origin_detection_enabled": False, "profile": "fast"}
    statsd = basenji.DogStatsd(**receiver.destination(), **options)
    for calls, version in [(client, basenji.__version__), (statsd, "0.56.0")]:
        calls.increment("m")
        text = ""
        while "client.metrics:1" not in text:
            assert calls.flush()
            text += "".join(receiver.datagrams())
        assert f"client.metrics:1|c|#client:py,client_version:{version},client_transport:udp\n" in text
        calls.close() if calls is client else calls.stop()
        receiver.datagrams()


def test_nobody_listening_is_no_error():
    client = basenji.Client("unix:///nowhere/at/all", telemetry=False)
    client.increment("m")
    client.close()
    statsd = basenji.DogStatsd(socket_path="/nowhere/at/all")
    statsd.increment("m")
    assert statsd.packets_dropped == 1


def test_the_fast_profile_sends_the_tags_of_the_peer(receiver):
    statsd = basenji.DogStatsd(**receiver.destination(), profile="fast", disable_telemetry=True, origin_detection_enabled=False, namespace="ns")
    statsd.increment("m", tags=["a b", "url:http://x/y?z"])
    statsd.increment("m", tags=["a b", "url:http://x/y?z"])
    assert statsd.flush()
    assert receiver.datagrams() == ["ns.m:2|c|#a_b,url:http://x/y_z\n"]


def test_initialize_after_a_first_call_changes_where_the_fast_profile_sends(tmp_path):
    (tmp_path / "other").mkdir()
    with Receiver("udp", tmp_path) as first, Receiver("uds-dgram", tmp_path / "other") as second:
        program = f"""
import basenji
from basenji import statsd
basenji.initialize(statsd_host="127.0.0.1", statsd_port={first.port})
for _ in range(50):
    statsd.increment("first")
handle = statsd.counter("handle")
handle.inc()
basenji.initialize(statsd_socket_path={second.path!r}, statsd_namespace="ns", statsd_constant_tags=["env:dev"], cardinality="bogus")
for _ in range(50):
    statsd.increment("first")
handle.inc()
"""
        environment = {"BASENJI_PROFILE": "fast", "DD_ORIGIN_DETECTION_ENABLED": "false"}
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=environment)
        assert sorted("".join(first.datagrams()).splitlines()) == ["first:50|c", "handle:1|c", "handle:1|c"]
        assert second.datagrams() == ["ns.first:50|c|#env:dev\n"]


def test_a_client_of_a_datagram_a_call_has_no_handles():
    with pytest.raises(basenji.Error, match="fast"):
        basenji.DogStatsd().counter("c")


def test_a_full_queue_drops_the_call_and_keeps_the_socket(tmp_path):
    with Receiver("uds-dgram", tmp_path) as receiver:
        statsd = basenji.DogStatsd(**receiver.destination(), origin_detection_enabled=False)
        opened = statsd.get_socket()
        for _ in range(1000):
            statsd.increment("m")
        assert statsd.socket is opened and 0 < statsd.packets_sent < 1000
        assert statsd.packets_sent + statsd.packets_dropped == 1000
        assert len(receiver.datagrams()) == statsd.packets_sent
        statsd.close_socket()


def test_a_call_that_interrupts_the_opening_of_the_socket_is_sent_after_it(receiver, monkeypatch):
    statsd = basenji.DogStatsd(**receiver.destination(), origin_detection_enabled=False)
    udp = _sockets.udp

    def interrupted(*arguments):
        statsd.increment("signal")
        return udp(*arguments)

    monkeypatch.setattr(_sockets, "udp", interrupted)
    statsd.increment("first")
    statsd.increment("second")
    assert receiver.datagrams() == ["first:1|c\n", "signal:1|c\n", "second:1|c\n"]
    assert statsd.packets_sent == 3
    statsd.close_socket()
