"""Middleware for Django: ``MIDDLEWARE = ["django_middleware.metrics", ...]``. It needs nothing of Django's."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from basenji import Client

client = Client()


def metrics(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Counts requests by status and takes their times."""

    def middleware(request: Any) -> Any:
        start = perf_counter()
        response = get_response(request)
        tags = [f"method:{request.method}", f"status:{response.status_code}"]
        client.increment("http.requests", tags=tags)
        client.distribution("http.seconds", perf_counter() - start, tags=tags)
        return response

    return middleware
