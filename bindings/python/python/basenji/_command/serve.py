"""`basenji run`: a server from the first socket to the last flush, its series as JSON, one object a line."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from queue import Empty, SimpleQueue
from typing import Any

from ..errors import ServerError, SettingError
from ..messages import Event, ServiceCheck
from ..series import Flushed, Series
from ..server import Flushes, Server
from . import lines
from .arguments import Failure, usage

#: Seconds of a bucket where nobody says.
INTERVAL = 10

#: What is not shown of events and service checks: whom they come from.
ORIGIN = ("container_id", "external_data", "cardinality")

#: What a sketch is shown as, beside its summary.
QUANTILES = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def run(options: Namespace) -> int:
    """Runs the command until a signal ends it."""
    for value in vars(options).values():
        if isinstance(value, Failure):
            raise value
    server = _start(options)
    # A queue can be put into wherever a signal comes.
    ended: SimpleQueue[None] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.put(None))
    screen = _Screen(server, options.once, ended)
    print(f"basenji: listening on {', '.join(server.addresses)}", file=sys.stderr, flush=True)
    try:
        # With --once a bucket of silence is the end, too.
        ended.get(timeout=(options.bucket_secs or INTERVAL) if options.once else None)
    except Empty:
        pass
    server.close()
    screen.finish()
    return 0


class _Screen:
    """Shows every flush, in a thread of its own, so that the main one hears of signals; tells `ended` when there is no more to be shown."""

    def __init__(self, server: Server, once: bool, ended: SimpleQueue[None]) -> None:
        self._failure: Exception | None = None
        self._server, self._once, self._ended = server, once, ended
        self._thread = threading.Thread(target=self._run, args=(server.flushes(),))
        self._thread.start()

    def finish(self) -> None:
        """Waits for the last flush of a server that is closed; raises what has gone wrong."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self, flushes: Flushes) -> None:
        try:
            for flushed in flushes:
                lines.write(*_objects(flushed))
                if self._once and any(self._server.stats().messages.values()):
                    break
        except (Failure, OSError) as failure:
            self._failure = failure
        self._ended.put(None)


def _start(options: Namespace) -> Server:
    port = options.port
    if port is None:
        port = 8125
    if port == "off" and options.socket is None and options.stream_socket is None:
        usage("there is nothing to listen on: give --port, --socket or --stream-socket")
    try:
        return Server(
            None if port == "off" else port,
            options.socket,
            host=options.bind or "127.0.0.1",
            stream_path=options.stream_socket,
            socket_mode=options.socket_mode,
            receive_buffer=options.buffer_size,
            bucket_secs=options.bucket_secs,
            counter_expiry_secs=options.expiry_seconds,
            tags=options.tags or [],
            contexts=options.context_limit,
            telemetry=not options.no_telemetry,
        )
    except SettingError as error:
        usage(str(error))
    except ServerError as error:
        raise Failure(str(error)) from None


def _objects(flushed: Flushed) -> Iterator[dict[str, Any]]:
    """What a flush has, in the order in which it is shown."""
    yield from map(_series, flushed.series)
    yield from ({"event": _without_origin(event)} for event in flushed.events)
    yield from ({"service_check": _without_origin(check)} for check in flushed.service_checks)


def _series(series: Series) -> dict[str, Any]:
    shown: dict[str, Any] = {"metric": series.name}
    shown |= {name: getattr(series, name) for name in ("kind", "host", "tags", "timestamp", "interval")}
    if series.value is not None:
        shown["value"] = float(series.value)
    elif series.sketch is None:
        shown["aggregates"] = series.aggregates
    else:
        summary = {name: getattr(series, name) for name in ("count", "min", "max", "sum", "avg")}
        shown["sketch"] = summary | {name: series.sketch.quantile(share) for name, share in QUANTILES.items()}
    return shown


def _without_origin(message: Event | ServiceCheck) -> dict[str, Any]:
    return {name: value for name, value in asdict(message).items() if name not in ORIGIN}
