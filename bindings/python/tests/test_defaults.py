"""Each option of `DogStatsd` and `Aggregator`, and what of `Server` is not in `test_settings.py`: its default, and that another value has its effect."""

import inspect
import os
import socket
import stat
import sys
import threading
import time

import datadog.dogstatsd.base as peer
import pytest
from receiving import Receiver
from test_settings import SERVED

import basenji
from basenji import Aggregator, DogStatsd, Server

NOW = 1700000000


@pytest.fixture
def other(tmp_path):
    (tmp_path / "other").mkdir()
    with Receiver("uds-dgram", tmp_path / "other") as other:
        yield other


def sent(receiver, call, **options):
    client = DogStatsd(**{**receiver.destination(), "disable_telemetry": True, "origin_detection_enabled": False, "flush_interval": 3600, **options})
    call(client)
    client.flush_aggregated_metrics()
    client.flush()
    client.wait_for_pending()
    client.stop()
    return receiver.datagrams()


def twice(client):
    client.increment("m")
    client.increment("m")


def samples(client):
    for n in range(5):
        client.histogram("h", n)


#: Each option with a value, a call, and what is sent with it and without.
CASES = {
    "disable_aggregation": (False, twice, ["m:2|c\n"], ["m:1|c\n"] * 2),
    "disable_buffering": (False, twice, ["m:1|c\nm:1|c\n"], ["m:1|c\n"] * 2),
    "namespace": ("shop", twice, ["shop.m:1|c\n"] * 2, ["m:1|c\n"] * 2),
    "constant_tags": (["a:1"], twice, ["m:1|c|#a:1\n"] * 2, ["m:1|c\n"] * 2),
    "use_ms": (True, lambda client: client.timed("t").__enter__().__exit__(None, None, None), ["t:0|ms\n"], None),
    "default_sample_rate": (1e-9, twice, [], ["m:1|c\n"] * 2),
    "container_id": ("ci-1", lambda client: client.increment("m"), None, ["m:1|c\n"]),
    "cardinality": ("low", lambda client: client.increment("m"), ["m:1|c|card:low\n"], ["m:1|c\n"]),
    "profile": ("fast", twice, ["m:2|c\n"], ["m:1|c\n"] * 2),
    "max_buffer_size": (50, twice, ["m:1|c\n"] * 2, ["m:1|c\n"] * 2),
}


@pytest.mark.parametrize("option", CASES)
def test_an_option_of_the_drop_in_has_its_effect(option, receiver):
    value, call, with_it, without = CASES[option]
    found = sent(receiver, call, **{option: value})
    assert with_it is None or found == with_it
    found = sent(receiver, call)
    assert found == without if without else found != with_it


def test_the_container_is_told_where_origins_are(receiver):
    assert sent(receiver, lambda client: client.increment("m"), container_id="ci-1", origin_detection_enabled=True) == ["m:1|c|c:ci-1\n"]


def test_samples_of_a_context_are_aggregated_up_to_the_most(receiver):
    lines = "".join(sent(receiver, samples, disable_aggregation=False, max_metric_samples_per_context=2)).splitlines()
    assert len(lines) == 2 and all(line.endswith("|h|@0.4") for line in lines)
    assert len("".join(sent(receiver, samples, disable_aggregation=False)).splitlines()) == 5


def test_a_datagram_has_as_many_bytes_as_it_may(receiver):
    def many(client):
        # Until there is a socket, a datagram has what fits into one of UDP, as the peer's.
        client.get_socket()
        for n in range(200):
            client.increment(f"name.{n:04}")

    assert max(map(len, sent(receiver, many, disable_buffering=False, max_buffer_len=64))) <= 64
    assert 1400 < max(map(len, sent(receiver, many, disable_buffering=False))) <= 1432


def test_what_is_buffered_leaves_after_the_flush_interval(receiver):
    client = DogStatsd(**receiver.destination(), disable_telemetry=True, origin_detection_enabled=False, disable_buffering=False, flush_interval=0.05)
    receiver.socket.settimeout(20)
    client.increment("m")
    assert receiver.socket.recv(100) == b"m:1|c\n"
    client.stop()
    late = DogStatsd(**receiver.destination(), disable_telemetry=True, origin_detection_enabled=False, disable_buffering=False, flush_interval=3600)
    late.increment("m")
    receiver.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        receiver.socket.recv(100)
    late.stop()


def test_telemetry_goes_where_and_as_often_as_it_is_told(receiver, other, tmp_path):
    def has_report(found):
        return any("datadog.dogstatsd.client.metrics" in datagram for datagram in found)

    often = {"disable_telemetry": False, "telemetry_min_flush_interval": 0}
    assert has_report(sent(receiver, twice, **often))
    assert not has_report(sent(receiver, twice, disable_telemetry=False, telemetry_min_flush_interval=3600))
    assert not has_report(sent(receiver, twice, disable_telemetry=True, telemetry_min_flush_interval=0))
    assert not has_report(sent(receiver, twice, **often, telemetry_socket_path=other.path)) and has_report(other.datagrams())
    (tmp_path / "third").mkdir()
    with Receiver("udp", tmp_path / "third") as third:
        assert not has_report(sent(receiver, twice, **often, telemetry_host="127.0.0.1", telemetry_port=third.port)) and has_report(third.datagrams())


def test_sockets_have_the_timeouts_that_they_were_given(receiver):
    for timeout, expected in ((0, 0.0), (1.5, 1.5), (None, None)):
        client = DogStatsd(**receiver.destination(), socket_timeout=timeout, telemetry_host="127.0.0.1", telemetry_port=receiver.port, telemetry_socket_timeout=timeout)
        assert client.get_socket().gettimeout() == client.get_socket(telemetry=True).gettimeout() == expected
        client.close_socket()
    client = DogStatsd(**receiver.destination())
    assert client.get_socket().gettimeout() == 0.0
    client.close_socket()


def test_the_background_sender_has_the_queue_that_it_was_given(receiver):
    class Stuck:
        def __init__(self):
            self.go, self.entered = threading.Event(), threading.Event()

        def send(self, packet):
            self.entered.set()
            assert self.go.wait(60)

        def close(self):
            pass

    def lost(**options):
        client, stuck = DogStatsd(disable_background_sender=False, disable_telemetry=True, **options), Stuck()
        client.socket = stuck
        client.increment("m")
        assert "sender_queue_expiry_seconds" in options or stuck.entered.wait(60)
        for _ in range(5):
            client.increment("m")
        stuck.go.set()
        assert client.wait_for_pending(60)
        client.stop(60)
        return client.packets_dropped_queue, client.packets_dropped_expired

    assert lost() == (0, 0)
    assert lost(sender_queue_size=2) == (3, 0)
    assert lost(sender_queue_expiry_seconds=1e-9) == (0, 6)
    # Each call waits for a place.
    assert lost(sender_queue_size=2, sender_queue_timeout=0.01) == (3, 0)
    assert DogStatsd()._sender is None


def test_a_client_is_tracked_and_looks_for_the_default_route_as_it_is_told(monkeypatch):
    from basenji.dogstatsd import _lifecycle

    assert DogStatsd(track_instance=False) not in _lifecycle._instances
    kept = DogStatsd()
    assert kept in _lifecycle._instances and kept.host != DogStatsd(host="127.0.0.9").host == "127.0.0.9"


def test_a_lost_connection_is_tried_again_where_it_is_wanted(tmp_path):
    assert DogStatsd(socket_connect_retry=True).socket_connect_retry and not DogStatsd().socket_connect_retry
    client = DogStatsd(socket_path=str(tmp_path / "d.sock"), socket_connect_retry=True, disable_background_sender=False, disable_telemetry=True, origin_detection_enabled=False)
    client.increment("m")
    with Receiver("uds-dgram", tmp_path) as late:
        late.socket.settimeout(30)
        assert late.socket.recv(100) == b"m:1|c\n"
        client.stop(30)


def test_the_drop_in_has_the_options_and_defaults_of_the_peer():
    ours, theirs = (dict(inspect.signature(made.__init__).parameters) for made in (DogStatsd, peer.DogStatsd))
    assert ours.pop("profile").default is None
    assert {name: option.default for name, option in ours.items()} == {name: option.default for name, option in theirs.items()}


def points(aggregator, text, now=NOW, after=0):
    aggregator.record(text, now=now)
    return sorted((series.name, series.value) for series in aggregator.flush(now=now + 10 + after))


#: Each option of the aggregator with a value, what is recorded, and what comes of it with it and without.
AGGREGATED = {
    "bucket_secs": (7, lambda made: made("m:1|c").interval, 7, 10),
    "aggregates": (["sum"], lambda made: sorted(made("m:1|h").aggregates), ["sum"], ["95percentile", "avg", "count", "max", "median"]),
    "tags": (["a:1"], lambda made: made("m:1|c").tags, ("a:1",), ()),
}


@pytest.mark.parametrize("option", AGGREGATED)
def test_an_option_of_the_aggregator_has_its_effect(option):
    value, look, with_it, without = AGGREGATED[option]
    for options, expected in (({option: value}, with_it), ({}, without)):
        aggregator = Aggregator(**options)

        def made(text, aggregator=aggregator):
            aggregator.record(text, now=NOW)
            return sorted(aggregator.flush(now=NOW + 20), key=lambda series: series.name)[0]

        assert look(made) == expected


def test_counters_go_on_as_zeros_for_as_long_as_they_are_told():
    def zeros(seconds, **options):
        aggregator = Aggregator(**options)
        aggregator.record("m:1|c", now=NOW)
        aggregator.flush(now=NOW + 10)
        return len([series for at in range(20, seconds, 10) for series in aggregator.flush(now=NOW + at)])

    assert zeros(1000, counter_zeros=False) == 0
    assert zeros(1000, counter_expiry_secs=30) < 5
    assert 25 < zeros(1000) < 35


def test_a_new_series_is_refused_where_there_are_as_many_as_may_be():
    for options, expected in (({"contexts": 1}, 1), ({}, 2)):
        aggregator = Aggregator(**options)
        aggregator.record("m:1|c\nn:1|c", now=NOW)
        assert len(aggregator.flush(now=NOW + 10)) == expected


#: Options that are handed to the library by name, as the others are; what they do takes a slow sink or seconds, and is tested there.
BY_NAME = {"context_expiry_secs", "origin_detection", "sink_bytes", "stop_wait"}


def served(text, **options):
    """The series of a server that has received this, by name, and what it has counted."""
    with Server(port=0, telemetry=False, receive_buffer=60000, **options) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        flushes = iter(server.flushes())
        client.sendto(f"first:1|c\n{text}".encode(), ("127.0.0.1", server.port))
        server.wait_for("first", timeout=20)
        server.flush()
        return {series.name: series for series in next(flushes).series}, server.stats()


SAMPLES = "h:" + ":".join(map(str, range(1, 1000, 7))) + "|h"
MEMBERS = "\n".join(f"s:{n}|s" for n in range(500))
SERIES = "\n".join(f"m:1|c|#a:{n}" for n in range(100))
ORIGINS = "m:1|c|c:ci-1\nm:1|c|c:ci-2"

#: Each of these options with a value, others beside it, what is sent, and what comes of it with it and without.
RECEIVED = {
    "timestamps": (False, {}, f"m:1|c|T{NOW}", lambda found, stats: found["m"].timestamp == NOW, False, True),
    "copy_histograms": ("dist.", {}, "h:1|h", lambda found, stats: "dist.h" in found, True, False),
    "eol_required": (["udp"], {}, "m:1|c", lambda found, stats: stats.parse_errors["unterminated"], 1, 0),
    "key_by_origin": (True, {}, ORIGINS, lambda found, stats: stats.contexts, 3, 2),
    "histogram_exact_samples": (0, {}, SAMPLES, lambda found, stats: found["h"].aggregates["median"] == 498, False, True),
    "set_exact_members": (2, {"set_precision": 5}, MEMBERS, lambda found, stats: found["s"].value == 500, False, True),
    "set_precision": (5, {"set_exact_members": 2}, MEMBERS, lambda found, stats: abs(found["s"].value - 500) < 10, False, True),
    "sketch_bins": (1, {}, "d:1:5:1000|d", lambda found, stats: abs(found["d"].sketch.quantile(0.5) - 5) < 1, False, True),
    "cells": (0, {}, "d:1:2:3|d", lambda found, stats: stats.refused["cells"], 1, 0),
    "context_bytes": (200, {}, SERIES, lambda found, stats: stats.refused["bytes"] > 0, True, False),
    "event_bytes": (100, {}, "\n".join(["_e{5,5}:title|texts"] * 100), lambda found, stats: stats.refused["buffer"] > 50, True, False),
    "kept_percent": (90, {"contexts": 100}, SERIES, lambda found, stats: stats.refused["contexts"] > 50, True, False),
    "modest_percent": (100, {"contexts": 100, "kept_percent": 90}, SERIES, lambda found, stats: stats.refused["contexts"] > 50, False, True),
}


@pytest.mark.parametrize("option", RECEIVED)
def test_an_option_of_the_server_changes_what_it_makes_of_what_it_receives(option):
    value, others, text, look, with_it, without = RECEIVED[option]
    assert look(*served(text, **{option: value}, **others)) == with_it
    assert look(*served(text, **(others if option != "set_exact_members" else {}))) == without


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")
def test_the_server_has_as_many_sockets_and_buffers_as_large_as_it_is_told():
    def buffers(**options):
        found = []
        with Server(port=0, **options) as server:
            for number in os.listdir("/proc/self/fd"):
                try:
                    with socket.socket(fileno=os.dup(int(number))) as opened:
                        if opened.type == socket.SOCK_DGRAM and opened.getsockname()[1:2] == (server.port,):
                            found.append(opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
                except OSError:
                    pass
        return found

    # Linux counts its own overhead, and tells twice what it was asked for.
    assert buffers(workers=3, socket_buffer=20000) == [40000] * 3
    assert len(buffers()) == 1 and buffers()[0] > 40000


def test_the_server_closes_connections_beyond_the_most(tmp_path):
    def open_connections(name, **options):
        path = str(tmp_path / name)
        with Server(stream_path=path, **options) as server:
            clients = [socket.socket(socket.AF_UNIX) for _ in range(3)]
            for client in clients:
                client.connect(path)
                client.settimeout(20)
            try:
                for client in clients[1:] if options else []:
                    assert client.recv(1) == b""
                deadline = time.monotonic() + 20
                while server.stats().connections != len(clients) and not options and time.monotonic() < deadline:
                    time.sleep(0.005)
                return server.stats().connections
            finally:
                for client in clients:
                    client.close()

    assert open_connections("few", max_connections=1) == 1
    assert open_connections("many") == 3


def test_each_option_of_the_server_has_a_test():
    here = {"port", "socket_path", "stream_path", "socket_mode", "counter_expiry_secs", "max_connections", "socket_buffer", "workers"}
    assert {*SERVED, *here, *RECEIVED, *BY_NAME, "self"} == set(inspect.signature(Server.__init__).parameters)


def test_the_server_listens_where_it_is_told_with_the_mode_that_it_is_told(tmp_path):
    paths = {"socket_path": tmp_path / "d.sock", "stream_path": tmp_path / "s.sock"}
    for options, expected in (({"socket_mode": 0o600}, 0o600), ({}, 0o722)):
        with Server(**paths, **options) as server:
            assert server.port == 0 and [stat.S_IMODE(os.stat(path).st_mode) for path in paths.values()] == [expected] * 2
    with Server(port=0) as server:
        assert server.port > 0


def test_the_server_tells_of_itself_and_goes_on_with_zeros_unless_it_is_told_not_to():
    def flushed(**options):
        with Server(port=0, **options) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(b"m:1|c", ("127.0.0.1", server.port))
            server.wait_for("m", timeout=20)
            flushes = iter(server.flushes())
            server.flush()
            return [series.name for series in next(flushes).series]

    assert any(name.startswith("basenji.") for name in flushed())
    assert flushed(counter_expiry_secs=1000) != []


def test_the_module_s_own_client_is_one_with_defaults():
    assert isinstance(basenji.statsd, DogStatsd) and not basenji.statsd._is_open()
