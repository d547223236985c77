"""What waits is sent when a signal comes, and what was there before has its turn."""

import signal
import subprocess
import sys
import textwrap

import pytest

from basenji.testing import Received

MODES = {
    "buffered": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_buffering=False, flush_interval=100)",
    "aggregated": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_aggregation=False, flush_interval=100)",
    "background": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_background_sender=False)",
    "fast": "basenji.DogStatsd(host='127.0.0.1', port={port}, profile='fast')",
    "client": "basenji.Client('udp://127.0.0.1:{port}', flush_interval=100)",
}


def ended(mode, body):
    """The status of a process with a client that is sent SIGTERM, and what it has sent."""
    with Received() as received:
        program = f"import basenji, os, signal, sys, time\nstatsd = {MODES[mode].format(port=received.port)}\n" + textwrap.dedent(body)
        status = subprocess.run([sys.executable, "-c", program], timeout=60).returncode
        received.assert_not_sent("nothing")
        return status, sorted(metric.name for metric in received.metrics if not metric.name.startswith("datadog."))


@pytest.mark.parametrize("mode", MODES)
def test_a_process_without_a_handler_ends_by_the_signal_when_all_is_sent(mode):
    body = """
        basenji.flush_on_signal()
        statsd.increment("n")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    """
    assert ended(mode, body) == (-signal.SIGTERM, ["n"])


@pytest.mark.parametrize("mode", MODES)
def test_a_handler_that_was_there_is_called_and_the_client_goes_on(mode):
    body = """
        signal.signal(signal.SIGTERM, lambda number, frame: statsd.increment("before"))
        basenji.flush_on_signal()
        statsd.increment("n")
        os.kill(os.getpid(), signal.SIGTERM)
        statsd.increment("after")
    """
    assert ended(mode, body) == (0, ["after", "before", "n"])


def test_a_signal_that_was_ignored_ends_nothing():
    body = """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        basenji.flush_on_signal()
        os.kill(os.getpid(), signal.SIGTERM)
        statsd.increment("after")
    """
    assert ended("client", body) == (0, ["after"])
