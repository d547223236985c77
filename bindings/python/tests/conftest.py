"""A client and the socket that it sends to, for tests that have none of their own."""

import pytest
from receiving import Receiver

import basenji

pytest_plugins = ["pytester"]


@pytest.fixture
def receiver(tmp_path):
    with Receiver("udp", tmp_path) as receiver:
        yield receiver


@pytest.fixture
def client(receiver):
    with basenji.Client(receiver.address(), telemetry=False, origin_detection=False) as client:
        yield client
