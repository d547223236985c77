"""Middleware for ASGI: counts requests by status and takes their times."""

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

        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                tags = [f"method:{scope['method']}", f"status:{message['status']}"]
                self.client.increment("http.requests", tags=tags)
                self.client.distribution("http.seconds", perf_counter() - start, tags=tags)
            await send(message)

        await self.application(scope, receive, sent)
