"""The examples do what they say: with Django, with Starlette, with wsgiref's validator."""

import asyncio
import importlib.util
import io
import re
import subprocess
import sys
import threading
import types
import urllib.request
from pathlib import Path
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import django
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import AsyncClient
from django.test import Client as Browser
from django.urls import path
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from basenji import Client
from basenji.testing import Received


@pytest.fixture
def client(dogstatsd):
    with Client(telemetry=False, origin_detection=False) as client:
        yield client


def example(name):
    source = Path(__file__).parent.parent / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assert_counted(dogstatsd, count, *tags):
    dogstatsd.assert_sent("http.requests", count, tags=tags, type="c")
    times = [metric for metric in dogstatsd.metrics if metric.name == "http.seconds" and set(tags) <= set(metric.tags)]
    assert all(metric.type == "d" for metric in times)
    samples = [sample for metric in times for sample in metric.values]
    assert len(samples) == count and all(0 < sample < 60 for sample in samples)


# ASGI


async def get(application, url):
    """What an ASGI server does for a request; the status and the body."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": url, "raw_path": url.encode(), "query_string": b"", "headers": [], "asgi": {"version": "3.0"}}
    await application(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_asgi_with_starlette(dogstatsd, client):
    async def hello(request):
        return PlainTextResponse("hello")

    async def fails(request):
        raise RuntimeError("down")

    application = example("asgi").Metrics(Starlette(routes=[Route("/", hello), Route("/fails", fails)]), client)

    async def main():
        assert await get(application, "/") == await get(application, "/") == (200, b"hello")
        assert (await get(application, "/nowhere"))[0] == 404
        with pytest.raises(RuntimeError):
            await get(application, "/fails")

    asyncio.run(main())
    assert_counted(dogstatsd, 2, "method:GET", "status:200")
    assert_counted(dogstatsd, 1, "method:GET", "status:404")
    assert_counted(dogstatsd, 1, "method:GET", "status:500")


def test_asgi_counts_no_websockets_and_what_was_never_answered_as_500(dogstatsd, client):
    async def application(scope, receive, send):
        if scope["type"] == "http":
            raise RuntimeError("down")

    wrapped = example("asgi").Metrics(application, client)
    asyncio.run(wrapped({"type": "websocket"}, None, None))
    with pytest.raises(RuntimeError):
        asyncio.run(get(wrapped, "/"))
    assert_counted(dogstatsd, 1, "status:500")


# WSGI


def request(application):
    """What a WSGI server does for a request; the status and the body."""
    environ, statuses = {}, []
    setup_testing_defaults(environ)
    environ |= {"wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "QUERY_STRING": ""}
    body = application(environ, lambda status, headers, *rest: statuses.append(status) or (lambda data: None))
    try:
        return b"".join(body), statuses
    finally:
        body.close()


def test_wsgi_is_valid_on_both_sides(dogstatsd, client):
    closed = threading.Event()

    class Body(list):
        def close(self):
            closed.set()

    def application(environ, start_response):
        start_response("204 No Content", [])
        return Body([])

    wrapped = validator(example("wsgi").Metrics(validator(application), client))
    assert request(wrapped) == (b"", ["204 No Content"])
    assert closed.is_set()
    assert_counted(dogstatsd, 1, "method:GET", "status:204")


def test_wsgi_counts_what_raises_as_500(dogstatsd, client):
    def application(environ, start_response):
        raise RuntimeError("down")

    with pytest.raises(RuntimeError):
        request(example("wsgi").Metrics(application, client))
    assert_counted(dogstatsd, 1, "status:500")


# Django


@pytest.fixture(scope="module")
def site():
    """A site with the middleware."""

    def fails(request):
        raise RuntimeError("down")

    async def later(request):
        return HttpResponse("later")

    urls = types.ModuleType("urls_of_the_test")
    urls.urlpatterns = [path("users/<int:number>", lambda request, number: HttpResponse("hello")), path("fails", fails), path("later", later)]
    module = example("django_middleware")
    module.client.close()
    sys.modules |= {urls.__name__: urls, module.__name__: module}
    settings.configure(ROOT_URLCONF=urls.__name__, MIDDLEWARE=[f"{module.__name__}.metrics"], ALLOWED_HOSTS=["*"], SECRET_KEY="test", LOGGING_CONFIG=None)
    django.setup()
    yield module
    for name in (urls.__name__, module.__name__):
        del sys.modules[name]


def test_django(site, dogstatsd, client):
    site.client = client
    browser = Browser(raise_request_exception=False)
    assert [browser.get(url).status_code for url in ("/users/1", "/users/2", "/fails", "/nowhere")] == [200, 200, 500, 404]
    assert_counted(dogstatsd, 2, "method:GET", "route:users/<int:number>", "status:200")
    assert_counted(dogstatsd, 1, "route:fails", "status:500")
    assert_counted(dogstatsd, 1, "route:none", "status:404")


def test_django_asynchronously(site, dogstatsd, client):
    site.client = client
    assert asyncio.run(AsyncClient().get("/later")).status_code == 200
    assert_counted(dogstatsd, 1, "route:later", "status:200")


APPLICATION = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("asgi", {example!r})
asgi = importlib.util.module_from_spec(spec)
spec.loader.exec_module(asgi)
from basenji import Client
from basenji.testing import Received

async def bare(scope, receive, send):
    assert scope["type"] == "http"
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"hello"}})

application = asgi.Metrics(bare, Client({address!r}, telemetry=False, origin_detection=False, flush_interval=100))
"""


def test_what_uvicorn_has_counted_arrives_when_it_is_terminated(tmp_path):
    with Received() as received:
        path = str(Path(__file__).parent.parent / "examples" / "asgi.py")
        (tmp_path / "served.py").write_text(APPLICATION.format(example=path, address=received.address))
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--port", "0", "--no-access-log", "served:application"],
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            address = next(found[0] for line in server.stderr if (found := re.findall(r"http://[^ ]+", line)))
            for _ in range(100):
                with urllib.request.urlopen(address, timeout=10) as answer:
                    assert answer.read() == b"hello"
        finally:
            server.terminate()
            server.communicate(timeout=30)
        received.assert_sent("http.requests", 100, tags=["status:200"])


def test_asgi_passes_the_application_s_own_lifespan_on(dogstatsd, client):
    called = []

    async def application(scope, receive, send):
        for part in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{part}"
            called.append(part)
            await send({"type": f"lifespan.{part}.complete"})

    messages, sent = iter(["lifespan.startup", "lifespan.shutdown"]), []

    async def receive():
        return {"type": next(messages)}

    async def send(message):
        sent.append(message["type"])

    client.increment("before")
    asyncio.run(example("asgi").Metrics(application, client)({"type": "lifespan"}, receive, send))
    assert (called, sent) == (["startup", "shutdown"], ["lifespan.startup.complete", "lifespan.shutdown.complete"])
    assert client.stats().packets_sent == 1
