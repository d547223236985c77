"""The examples do what they say."""

import asyncio
import importlib.util
import types
from pathlib import Path

import pytest
from receiving import Receiver

from basenji import Client


@pytest.fixture
def receiver(tmp_path):
    with Receiver("udp", tmp_path) as receiver:
        yield receiver


def example(name):
    path = Path(__file__).parent.parent / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def client_of(receiver):
    return Client(receiver.address(), telemetry=False, origin_detection=False)


def assert_counted(receiver):
    lines = sorted("".join(receiver.datagrams()).splitlines())
    assert lines[0] == "http.requests:1|c|#method:GET,status:200"
    assert lines[1].startswith("http.seconds:") and lines[1].endswith("|d|#method:GET,status:200")


def test_wsgi(receiver):
    def application(environ, start_response):
        start_response("200 OK", [])
        return [b"hello"]

    with client_of(receiver) as client:
        wrapped = example("wsgi").Metrics(application, client)
        assert wrapped({"REQUEST_METHOD": "GET"}, lambda *_: None) == [b"hello"]
    assert_counted(receiver)


def test_asgi(receiver):
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})

    async def nothing(*_):
        return None

    with client_of(receiver) as client:
        asyncio.run(example("asgi").Metrics(application, client)({"type": "http", "method": "GET"}, nothing, nothing))
    assert_counted(receiver)


def test_django(receiver):
    module = example("django_middleware")
    module.client.close()
    with client_of(receiver) as module.client:
        answer = module.metrics(lambda _: types.SimpleNamespace(status_code=200))(types.SimpleNamespace(method="GET"))
    assert answer.status_code == 200
    assert_counted(receiver)
