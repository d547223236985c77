"""Middleware for ASGI: counts requests by method and status, and takes their times from the request to the end of the answer.

What waits is sent when the server shuts down: servers end by a signal afterwards, without what is registered with `atexit`.
"""

from __future__ import annotations

import asyncio
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
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
            return
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

    async def lifespan(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """The application's own lifespan, or that of one that has none; at its end what waits is sent."""
        received = sent = ""

        async def receiving() -> Any:
            nonlocal received
            message = await receive()
            received = message["type"]
            return message

        async def sending(message: dict[str, Any]) -> None:
            nonlocal sent
            sent = message["type"]
            if sent.startswith("lifespan.shutdown"):
                await asyncio.to_thread(self.client.flush)
            await send(message)

        try:
            await self.application(scope, receiving, sending)
        except Exception:
            if sent:
                raise
        while not sent.startswith(("lifespan.startup.failed", "lifespan.shutdown")):
            if received == "" or sent:
                await receiving()
            await sending({"type": f"{received}.complete"})
