"""Middleware for WSGI: counts requests by status and takes their times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from basenji import Client

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Metrics:
    """``application = Metrics(application, Client())``"""

    def __init__(self, application: Application, client: Client) -> None:
        self.application, self.client = application, client

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start = perf_counter()

        def started(status: str, *rest: Any) -> Any:
            tags = [f"method:{environ['REQUEST_METHOD']}", f"status:{status[:3]}"]
            self.client.increment("http.requests", tags=tags)
            self.client.distribution("http.seconds", perf_counter() - start, tags=tags)
            return start_response(status, *rest)

        return self.application(environ, started)
