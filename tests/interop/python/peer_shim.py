"""Serves what the peer's test suite reaches into, from what is public here and its soft privates.

Loaded as a pytest plugin beside the peer's tests: `datadog.dogstatsd` and its modules are ours, the rest of `datadog` stays the peer's.
What stands in for internals that we do not have (a queue of the peer's own making, its units' classes) is the peer's, so that its tests
import; those tests are not on the list of what must pass.
"""

import importlib
import logging
import os
import sys
import types

import datadog
from datadog.dogstatsd import base as peer

import basenji
from basenji import _timed, dogstatsd
from basenji.dogstatsd import _environment, _output, client

ours = types.ModuleType("datadog.dogstatsd.base")
# What the tests import and we do not have.
for name in ("PENDING_PAYLOAD_EXPIRY_SECONDS", "SENDER_RETRY_MAX_BACKOFF", "PendingPayload", "SenderQueue", "SenderState", "Stop"):
    setattr(ours, name, getattr(peer, name))
for name in dogstatsd.__all__:
    setattr(ours, name, getattr(dogstatsd, name))
ours.log = logging.getLogger("datadog.dogstatsd")
# The tests replace the modules that the client uses by names of this one.
ours.os, ours.socket, ours.time, ours.errno = (importlib.import_module(name) for name in ("os", "socket", "time", "errno"))


class _Log:
    """Whatever stands at `base.log` at the time."""

    def __getattr__(self, name):
        return getattr(ours.log, name)


for module in (_environment, _output, client):
    module.log = _Log()

context = types.ModuleType("datadog.dogstatsd.context")
context.TimedContextManagerDecorator = context.DistributedContextManagerDecorator = _timed.Timed
context.monotonic = _timed.clock
_timed.clock = lambda: context.monotonic()
sys.modules["datadog.dogstatsd.context"] = context
sys.modules["datadog.dogstatsd.base"] = ours
package = sys.modules["datadog.dogstatsd"]
package.base, package.context, package.DogStatsd, package.statsd = ours, context, basenji.DogStatsd, basenji.statsd
datadog.DogStatsd, datadog.statsd = basenji.DogStatsd, basenji.statsd

# How the tests reach into the background sender.
basenji.DogStatsd._send_to_server = lambda self, packet: self._queue_or_send(self._datagram(packet.encode()), False)
basenji.DogStatsd._sender_thread = property(lambda self: self._sender and self._sender.thread)
basenji.DogStatsd._queue = property(lambda self: self._sender)


def pytest_runtest_logreport(report):
    """Notes each test that passes."""
    if report.when == "call" and report.passed:
        with open(os.environ["BASENJI_PASSED"], "a") as passed:
            passed.write(report.nodeid + "\n")
