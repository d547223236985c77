"""Nothing is printed, and nothing raised into the program, by a client that cannot send; whoever calls it from within is taken or counted."""

import logging
import subprocess
import sys
import threading

import pytest
from receiving import Receiver

import basenji
from basenji.testing import Received

ABSENT = {"socket_path": "/nonexistent/d.sock", "origin_detection_enabled": False}
MODES = {
    "default": {},
    "buffered": {"disable_buffering": False},
    "aggregated": {"disable_aggregation": False},
    "background": {"disable_background_sender": False},
    "fast": {"profile": "fast"},
}
every_mode = pytest.mark.parametrize("options", MODES.values(), ids=MODES)


@pytest.mark.parametrize("prelude", ["", "import logging; "])
def test_without_an_agent_nothing_is_printed(prelude):
    program = prelude + "from basenji import statsd; statsd.increment('a'); statsd.increment('a'); statsd.gauge('g', 1, cardinality='odd')"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_complaint_has_the_system_s_own_text(caplog):
    caplog.set_level(logging.DEBUG)
    with Received() as received:
        port = received.port
    statsd = basenji.DogStatsd(host="127.0.0.1", port=port, origin_detection_enabled=False)
    statsd.increment("a")
    statsd.increment("a")
    assert "Connection refused" in caplog.text and "os error" not in caplog.text
    statsd.close_socket()


class Counting(logging.Handler):
    def __init__(self, statsd):
        super().__init__()
        self.statsd = statsd

    def emit(self, record):
        self.statsd.increment("lines")


@every_mode
def test_a_log_handler_may_count_its_lines(options, monkeypatch):
    failures = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    statsd = basenji.DogStatsd(**ABSENT, **options)
    logger = logging.getLogger("datadog.dogstatsd")
    handler = Counting(statsd)
    logger.addHandler(handler)
    try:
        for _ in range(5):
            statsd.increment("a")
            statsd.flush()
        statsd.stop(0.2)
    finally:
        logger.removeHandler(handler)
    assert failures == []


def test_a_handler_that_raises_is_no_matter_of_the_caller():
    class Raising(logging.Handler):
        def emit(self, record):
            raise RuntimeError("the handler's own")

    logger, handler = logging.getLogger("datadog.dogstatsd"), Raising()
    logger.addHandler(handler)
    try:
        basenji.DogStatsd(**ABSENT).increment("a")
    finally:
        logger.removeHandler(handler)


def test_a_socket_of_the_program_s_own_may_call_the_client_that_it_is_of():
    sent = []

    class Calling:
        def send(self, datagram):
            sent.append(datagram)
            if len(sent) < 4:
                statsd.increment("within")

    statsd = basenji.DogStatsd(disable_telemetry=True, origin_detection_enabled=False)
    statsd.socket = Calling()
    statsd.increment("a")
    assert sent == [b"a:1|c\n"] + [b"within:1|c\n"] * 3


def test_what_a_signal_s_handler_sends_stands_in_no_other_frame(tmp_path):
    program = f"""
import signal, basenji
statsd = basenji.DogStatsd(socket_path="unixstream://{tmp_path}/d.sock", socket_timeout=None, disable_telemetry=True, origin_detection_enabled=False)
signal.signal(signal.SIGALRM, lambda *_: statsd.increment("signal"))
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
for n in range(2000): statsd.increment("main" + "x" * 2000)
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
statsd.close_socket()
"""
    with Receiver("uds-stream", tmp_path) as receiver:
        child = subprocess.Popen([sys.executable, "-c", program])
        connection = receiver.socket.accept()[0]
        stream = connection.makefile("rb")
        lines = []
        while head := stream.read(4):
            lines.append(stream.read(int.from_bytes(head, "little")))
        connection.close()
        stream.close()
        assert child.wait(30) == 0
    assert sum(line.startswith(b"main") for line in lines) == 2000
    assert all(line.endswith(b":1|c\n") for line in lines)


@every_mode
def test_after_the_end_of_a_fast_client_calls_are_dropped_and_counted(options, tmp_path):
    with Receiver("udp", tmp_path) as receiver:
        statsd = basenji.DogStatsd(**receiver.destination(), disable_telemetry=True, origin_detection_enabled=False, **options)
        statsd.increment("before")
        assert statsd.stop(5)
        statsd.increment("after")
        statsd.flush()
        late = [] if options.get("profile") == "fast" else ["after:1|c"]
        assert "".join(receiver.datagrams()).splitlines() == ["before:1|c", *late]
        if not late:
            assert statsd._stats()[:8:6] == [2, 1]
        statsd.close_socket()


def test_threads_lose_no_count(tmp_path):
    statsd = basenji.DogStatsd(**ABSENT)

    def count():
        for _ in range(500):
            statsd.increment("a")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statsd.metrics_count, statsd.packets_dropped_writer) == (2000, 2000)
