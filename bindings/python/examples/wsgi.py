"""Middleware for WSGI: counts requests by method and status, and takes their times from the request to the end of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Any

from basenji import Client

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Metrics:
    """``application = Metrics(application, Client())``"""

    def __init__(self, application: Application, client: Client) -> None:
        self.application, self.client = application, client

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start = perf_counter()
        # What a server answers when the application has not.
        status = "500"

        def started(line: str, *rest: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, *rest)

        try:
            body = self.application(environ, started)
            try:
                yield from body
            finally:
                getattr(body, "close", lambda: None)()
        finally:
            tags = [f"method:{environ['REQUEST_METHOD']}", f"status:{status}"]
            self.client.increment("http.requests", tags=tags)
            self.client.distribution("http.seconds", perf_counter() - start, tags=tags)
