"""What becomes of bad input is as the vectors say."""

import json
import logging

import bad_input
import pytest
from datadog.dogstatsd.base import DogStatsd as Peer
from receiving import Receiver

import basenji

EXPECTED = bad_input.FILE.read_text().splitlines()


@pytest.fixture(scope="module")
def actual():
    return {vector["call"]: vector for vector in bad_input.vectors()}


def test_each_call_has_a_vector():
    assert [json.loads(line)["call"] for line in EXPECTED] == list(bad_input.calls())


@pytest.mark.parametrize("line", EXPECTED, ids=lambda line: json.loads(line)["call"])
def test_what_becomes_of_it(line, actual):
    expected = json.loads(line)
    assert actual[expected["call"]] == expected


#: Calls of which the drop-in does not make what its peer makes: it keeps lines whole, and says `TypeError` where the peer has no attribute.
DIFFERENCES = {
    *(f"c.{method}('m', '1\\n2:3|c')" for method in ("count", "gauge", "distribution", "set")),
    "c.set('s', 'a\\nb:1|c')",
    "c.increment('a\\nb')",
    "c.increment('m', cardinality='low\\n')",
    "c.event(None, 'text')",
    "c.event('title', None)",
    "c.event(5, 'text')",
    "c.event('t', 'x', hostname='h\\nh')",
    "c.service_check('s\\nt', 0)",
    "c.service_check('s', 0, message=5)",
}


def test_the_drop_in_does_what_its_peer_does_but_for_the_differences(tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    different = set()
    with Receiver("udp", tmp_path) as receiver:
        peer = Peer(**receiver.destination(), disable_telemetry=True, origin_detection_enabled=False)
        for line in EXPECTED:
            vector = json.loads(line)
            theirs, ours = bad_input.outcome(peer, receiver, vector["call"]), vector["statsd"]
            raised = isinstance(theirs, str) and isinstance(ours, str)
            if theirs != ours and not (raised and theirs.partition(":")[0] == ours.partition(":")[0]):
                different.add(vector["call"])
        peer.close_socket()
    assert different == DIFFERENCES


def test_nothing_but_a_wrong_type_or_a_long_event_raises():
    for line in EXPECTED:
        vector = json.loads(line)
        for client in ("statsd", "fast", "client"):
            if isinstance(vector[client], str):
                assert vector[client].startswith(("TypeError: ", "ValueError: the event")), vector


def test_what_the_fast_profile_and_the_client_send_can_be_read():
    for line in EXPECTED:
        vector = json.loads(line)
        for client in ("fast", "client"):
            if not isinstance(vector[client], str):
                basenji.parse("\n".join(vector[client]))


def test_no_line_is_torn_apart():
    for line in EXPECTED:
        vector = json.loads(line)
        for client in ("statsd", "fast", "client"):
            assert len(vector[client]) <= 1 or isinstance(vector[client], str), vector
