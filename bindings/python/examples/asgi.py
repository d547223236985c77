"""Middleware for ASGI: counts requests by method and status, and takes their times from the request to the end of the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from basenji import Client

Application = Callable[..., Awaitable[None]]


class Metrics:
    """``application = Metrics(application, Client())``"""

    def __init__(self, application: Application, client: Client) -> None:
        self.application, self.client = application, client

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        start = perf_counter()
        # What a server answers when the application has not.
        status = 500

        async def sent(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.application(scope, receive, sent)
        finally:
            tags = [f"method:{scope['method']}", f"status:{status}"]
            self.client.increment("http.requests", tags=tags)
            self.client.distribution("http.seconds", perf_counter() - start, tags=tags)
