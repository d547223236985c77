"""No thread waits for ever for another one because of a client. Whatever a thread is in the midst of, what others call goes on: its signal handler, or a
finalizer, may be waiting for a lock of the program's that they have."""

import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

import basenji
from basenji import DogStatsd
from basenji.dogstatsd import _sender, _turns

OURS = str(Path(basenji.__file__).parent / "dogstatsd")
QUIET = {"disable_telemetry": True, "origin_detection_enabled": False}
MODES = {
    "default": {},
    "buffered": {"disable_buffering": False, "flush_interval": 1000, "max_buffer_len": 20},
    "aggregated": {"disable_aggregation": False, "flush_interval": 1000},
    "background": {"disable_background_sender": False, "sender_queue_size": 1, "sender_queue_timeout": None},
}
every_mode = pytest.mark.parametrize("mode", MODES)

#: Seconds that calls may take beside a thread that is stopped: all of them together.
LONGEST = 4


class Stops:
    """Stops a thread at each line of the client's, once, until `meanwhile` has run in another one."""

    def __init__(self, meanwhile):
        self.meanwhile = meanwhile
        self.seen = set()
        self.slow = []

    def trace(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        place = (Path(frame.f_code.co_filename).name, frame.f_lineno)
        if event == "line" and place not in self.seen:
            self.seen.add(place)
            other = threading.Thread(target=self._meanwhile, daemon=True)
            started = time.monotonic()
            other.start()
            other.join(3 * LONGEST)
            if time.monotonic() - started > LONGEST:
                self.slow.append(place)
        return self.trace

    def _meanwhile(self):
        sys.settrace(None)
        self.meanwhile()


def run_all(calls):
    for call in calls:
        call()


def in_a_thread(work):
    """Runs `work` in a thread; whether it ended."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(120)
    return not thread.is_alive()


@pytest.fixture
def impatient(monkeypatch):
    """Waits for other threads are short."""
    for module, name in ((_turns, "PATIENCE"), (_turns, "LONG_PATIENCE"), (_sender, "STANDSTILL")):
        monkeypatch.setattr(module, name, 0.01)


@every_mode
def test_a_thread_that_is_stopped_at_any_line_holds_up_no_other(mode, impatient):
    client = DogStatsd(socket_path="/nonexistent/d.sock", **QUIET, **MODES[mode])

    def batches():
        with client:
            client.increment("batch")

    meanwhile = [
        lambda: client.increment("m"),
        lambda: client.event("title", "text"),
        batches,
        client.flush,
        client.flush_aggregated_metrics,
        client.close_socket,
        lambda: setattr(client, "disable_buffering", not client.disable_buffering),
        lambda: client.wait_for_pending(0.01),
        client.pre_fork,
    ]
    stops = Stops(lambda: run_all(meanwhile))

    def work():
        sys.settrace(stops.trace)
        for _ in range(3):
            client.increment("a-name-of-some-length")
            client.event("title", "text")
        run_all(meanwhile)
        client.enable_aggregation(1000)
        client.disable_aggregation()
        client.set_socket_timeout(None)
        client.disable_background_sender(0.1)
        client.enable_background_sender(1, None)
        client.increment("m")
        client.stop(0.1)

    assert in_a_thread(work)
    assert stops.slow == [] and len(stops.seen) > 100
    client.stop(0.1)


def test_a_background_sender_that_is_stopped_at_any_line_holds_up_no_other(impatient):
    made = []

    def meanwhile():
        client = made[0]
        for _ in range(3):
            client.increment("m")
        client.wait_for_pending(0.01)
        client.flush()

    stops = Stops(meanwhile)
    client = DogStatsd(socket_path="/nonexistent/d.sock", socket_connect_retry=True, **QUIET)
    made.append(client)
    threading.settrace(stops.trace)
    try:
        client.enable_background_sender(1, None, 1000)
    finally:
        threading.settrace(None)
    end = time.monotonic() + 60
    while len(stops.seen) < 60 and time.monotonic() < end:
        client.increment("m")
    client.stop(0.1)
    assert stops.slow == [] and len(stops.seen) >= 60


@every_mode
@pytest.mark.parametrize("call", ["disable_buffering = True", "stop()", "disable_background_sender()", "flush()", "close_socket()"])
def test_a_log_handler_may_have_another_thread_call(mode, call, tmp_path):
    took = []

    class Calling(logging.Handler):
        def emit(self, record):
            if not took:
                started = time.monotonic()
                in_a_thread(lambda: exec(f"client.{call}", {"client": client}))
                took.append(time.monotonic() - started)
                told.set()

    told = threading.Event()
    logger, handler = logging.getLogger("datadog.dogstatsd"), Calling()
    logger.addHandler(handler)
    try:
        client = DogStatsd(socket_path=str(tmp_path / "d.sock"), **QUIET, **MODES[mode])
        client.increment("m")
        client.flush_aggregated_metrics()
        client.flush()
        assert told.wait(60)
    finally:
        logger.removeHandler(handler)
    client.stop(0.1)
    assert took[0] < LONGEST


def test_a_socket_of_the_program_s_own_may_wait_for_a_lock_that_another_caller_has():
    lock, inside, sent = threading.Lock(), threading.Event(), []

    class Own:
        def send(self, packet):
            inside.set()
            with lock:
                sent.append(packet)

        def close(self):
            pass

    client = DogStatsd(**QUIET)
    client.socket = Own()
    with lock:
        first = threading.Thread(target=client.increment, args=("first",), daemon=True)
        first.start()
        assert inside.wait(60)
        for number in range(5):
            client.increment("second", number)
        client.close_socket()
    first.join(60)
    # What could not be sent before is, and the socket is closed then.
    assert sent == [b"first:1|c\n"] + [b"second:%d|c\n" % number for number in range(5)]
    assert client._socket is None


def test_a_complaint_from_within_a_log_handler_waits_for_no_other_handler():
    """Each of two handlers counts, and the first complaint of either client is told to both."""
    inside = threading.Barrier(2)

    class Counting(logging.Handler):
        def __init__(self, client):
            super().__init__()
            self.client = client
            self.was_there = False

        def emit(self, record):
            if record.name.startswith("program") and not self.was_there:
                self.was_there = True
                inside.wait(60)
                self.client.increment("lines")

    clients = [DogStatsd(socket_path="/nonexistent/d.sock", **QUIET) for _ in range(2)]
    handlers = [Counting(client) for client in clients]
    loggers = [logging.getLogger("datadog.dogstatsd"), logging.getLogger("program.a"), logging.getLogger("program.b")]
    for handler, logger in zip(handlers, loggers[1:]):
        loggers[0].addHandler(handler)
        logger.addHandler(handler)
    try:
        threads = [threading.Thread(target=logger.warning, args=("a line",), daemon=True) for logger in loggers[1:]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
    finally:
        for handler, logger in zip(handlers, loggers[1:]):
            loggers[0].removeHandler(handler)
            logger.removeHandler(handler)


def test_a_stop_drops_what_a_stuck_thread_was_left_and_counts_it(impatient):
    inside, go = threading.Event(), threading.Event()

    class Stuck:
        def send(self, packet):
            inside.set()
            assert go.wait(60)

        def close(self):
            closed.append(go.is_set())

    closed = []
    client = DogStatsd(**QUIET)
    client.socket = Stuck()
    first = threading.Thread(target=client.increment, args=("first",), daemon=True)
    first.start()
    assert inside.wait(60)
    client.increment("second")
    client.close_socket()
    client.increment("third")
    assert not client.stop(0.05)
    assert client.packets_dropped_writer == 2 and closed == []
    go.set()
    first.join(60)
    assert client.packets_dropped_writer == 2 and closed == [True]


def test_waiting_for_what_is_pending_ends_in_time_beside_a_full_socket(tmp_path):
    path = str(tmp_path / "d.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filling:
        listener.bind(path)
        filling.setblocking(False)
        filling.connect(path)
        with pytest.raises(BlockingIOError):
            while True:
                filling.send(b"x")
        client = DogStatsd(socket_path=path, socket_timeout=None, disable_buffering=False, flush_interval=1000, **QUIET)
        client.increment("m")
        started = time.monotonic()
        client.wait_for_pending(0.2)
        assert time.monotonic() - started < LONGEST
        assert client.packets_dropped_writer == 1
        client.stop(0.1)
    assert os.path.exists(path)


@pytest.fixture
def slow_names(monkeypatch):
    """A name server that answers when it is told to, and whether it was asked."""
    asked, go, ended = [], threading.Event(), threading.Event()
    real = socket.getaddrinfo

    def ask(name, *arguments):
        if b"example" not in name:
            return real(name, *arguments)
        asked.append(name)
        go.wait(60)
        ended.set()
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    yield asked, go, ended
    go.set()


@pytest.mark.parametrize("call", ["stop", "wait_for_pending", "_flush_by", "_at_exit"])
def test_a_look_up_that_has_begun_holds_up_no_end(call, slow_names):
    asked, go, ended = slow_names
    client = DogStatsd(host=f"{call}.agent.example".replace("_", ""), disable_buffering=False, flush_interval=1000, **QUIET)
    client.increment("m")
    started = time.monotonic()
    getattr(client, call)(time.monotonic() + 0.2 if call.startswith("_") else 0.2)
    assert time.monotonic() - started < LONGEST
    assert len(asked) == 1 and not ended.is_set()
    assert client.packets_dropped_writer == 1
    # Who comes next waits for the same answer.
    client.disable_buffering = False
    client.increment("m")
    client.wait_for_pending(0.05)
    assert len(asked) == 1


def test_a_name_that_was_not_found_is_not_asked_for_again_at_once(slow_names):
    asked, go, ended = slow_names
    go.set()
    client = DogStatsd(host="absent.agent.example", **QUIET)
    for _ in range(5):
        client.increment("m")
    assert len(asked) == 1 and client.packets_dropped_writer == 5


def test_what_another_thread_is_importing_is_waited_for(tmp_path, monkeypatch):
    from basenji._later import later

    (tmp_path / "half_imported.py").write_text("import builtins\nbuiltins.half_imported[0].set()\nbuiltins.half_imported[1].wait(60)\nVALUE = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    begun, go = threading.Event(), threading.Event()
    monkeypatch.setattr("builtins.half_imported", (begun, go), raising=False)
    found = []
    importing = threading.Thread(target=__import__, args=("half_imported",), daemon=True)
    using = threading.Thread(target=lambda: found.append(later("half_imported").VALUE), daemon=True)
    importing.start()
    assert begun.wait(60)
    using.start()
    using.join(0.1)
    go.set()
    using.join(60)
    assert found == [1]
