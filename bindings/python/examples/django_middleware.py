"""Middleware for Django, synchronous and asynchronous: ``MIDDLEWARE = ["django_middleware.metrics", ...]``.

Counts requests by method, route and status, and takes their times. The route is the pattern of the URL, so that there are as many series as
there are patterns. What a view raises is a status by then: Django makes it one.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from time import perf_counter
from typing import Any

from basenji import Client

client = Client()


def metrics(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wraps what answers requests."""

    def count(request: Any, response: Any, start: float) -> None:
        route = request.resolver_match.route if request.resolver_match else "none"
        tags = [f"method:{request.method}", f"route:{route}", f"status:{response.status_code}"]
        client.increment("http.requests", tags=tags)
        client.distribution("http.seconds", perf_counter() - start, tags=tags)

    def middleware(request: Any) -> Any:
        start = perf_counter()
        response = get_response(request)
        count(request, response, start)
        return response

    async def async_middleware(request: Any) -> Any:
        start = perf_counter()
        response = await get_response(request)
        count(request, response, start)
        return response

    return async_middleware if iscoroutinefunction(get_response) else middleware


# Django asks for it.
setattr(metrics, "async_capable", True)
