"""A DogStatsD server in native threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from os import PathLike
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ._basenji import NativeServer
from ._checked import checked
from .errors import ParseError, ServerError, WaitTimeout
from .messages import Event, Message, ServiceCheck
from .series import Flushed, Series

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Flushes", "Server", "ServerStats"]

#: Series, events and checks each that `wait_for` finds although they came before it was called.
KEPT = 10_000

#: The stable number of "it is closed".
CLOSED = 66

#: How a listener's kind stands in an address that a client takes.
SCHEMES = {"udp": "udp://", "unix_datagram": "unix://", "unix_stream": "unixstream://"}

Found = TypeVar("Found", Series, Event, ServiceCheck)


class ServerStats(NamedTuple):
    """What a server has counted since its start, and what it holds now.

    `datagrams`, `bytes` and `truncated` are by listener, `messages` by kind, `parse_errors` by reason, `refused` (metrics without room) by what was
    full. `flushes_missed` are flushes that a reader of this process came too late for, `datagrams_missed` datagrams that `take_messages` did.
    """

    datagrams: dict[str, int]
    bytes: dict[str, int]
    truncated: dict[str, int]
    messages: dict[str, int]
    parse_errors: dict[str, int]
    refused: dict[str, int]
    kernel_drops: int
    bad_fields: int
    skipped_values: int
    odd_rates: int
    events_dropped: int
    checks_dropped: int
    series_dropped: int
    flushes: int
    contexts: int
    connections: int
    flushes_missed: int
    datagrams_missed: int


class Server:
    """A DogStatsD server; it listens when the constructor returns, and until it is closed.

    Native threads receive and aggregate, without Python; Python is woken once a flush, every `bucket_secs` seconds and when it asks for it.

    >>> import socket
    >>> with Server(port=0) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
    ...     _ = client.sendto(b"http.requests:3|c|#env:dev", ("127.0.0.1", server.port))
    ...     series = server.wait_for("http.requests", tags=["env:dev"], timeout=5)
    >>> series.kind, series.value
    ('count', 3.0)

    It listens on UDP unless there is only a path. What is not given has its default, which stands in brackets:

    - `port`: UDP port, 0 for any free one (8125, or no UDP where there is a path)
    - `host`: Address of the UDP socket (127.0.0.1)
    - `socket_path`: Path of a Unix datagram socket (none)
    - `stream_path`: Path of a Unix stream socket (none)
    - `messages`: Whether every message is shown as it was received, too, for tests and for looking on (False)
    - `tags`: Tags that every metric, event and service check gets beside its own (none)
    - `contexts`: Most series at a time; new ones are refused and counted beyond it, known ones go on (1000000)
    - `context_bytes`: Most bytes of their names and tags (268435456 bytes)
    - `cells`: Most samples, set members and sketch bins at a time, of eight bytes each (16777216)
    - `bucket_secs`: Seconds of a bucket, whose samples become one point a series (10 s)
    - `counter_expiry_secs`: Seconds that a counter without samples goes on to emit zeros (300 s)
    - `context_expiry_secs`: Seconds that a series without samples stays known; a counter stays known for its own expiry more (20 s)
    - `counter_zeros`: Whether counters without samples emit zeros (True)
    - `key_by_origin`: Whether series of different container ids, external data and cardinality are kept apart (False)
    - `aggregates`: What histograms and timings emit: max, min, median, avg, sum, count, 95percentile and the like, at most 16 (max, median, avg, count, 95percentile)
    - `histogram_exact_samples`: Samples of a bucket that a histogram keeps one by one; of more the median and percentiles are at most 2.4 % off (1024)
    - `set_exact_members`: Members of a bucket that a set counts exactly; more are estimated (1024)
    - `set_precision`: Binary logarithm of the registers of that estimate, whose standard error is 1.04 / sqrt(2^precision) (14)
    - `sketch_bins`: Most bins of a sketch (4096)
    - `workers`: Threads that receive and aggregate, each with a UDP socket of its own on the same port (1)
    - `receive_buffer`: Longest datagram or stream frame that is taken whole; of a longer datagram the cut line is dropped and counted (8192 bytes)
    - `socket_buffer`: Bytes that the kernel may hold for a socket (SO_RCVBUF); 0 leaves the system's default (4194304 bytes)
    - `socket_mode`: Mode of the socket files (0o722)
    - `eol_required`: Listeners whose datagrams must end in a newline: udp, unix_datagram, unix_stream (none)
    - `origin_detection`: Whether the kernel is asked for the sender's process on Unix sockets (Linux) (False)
    - `max_connections`: Most stream connections at a time; more are closed at once and counted (1024)
    - `copy_histograms`: What the names of distributions begin with that repeat every histogram and timing; without it there are none (no distributions)
    - `timestamps`: Whether timestamps of metrics count; otherwise a metric belongs to the bucket of its receipt (True)
    - `kept_percent`: Per cent of the room for series that are kept for names and origins with few (10 %)
    - `modest_percent`: Per cent of the room up to which a name or an origin has few series (1 %)
    - `event_bytes`: Bytes of events and service checks that may wait for the next flush; more are dropped and counted (4194304 bytes)
    - `sink_bytes`: Bytes of finished buckets that may wait for a sink; of more the oldest are dropped and counted (67108864 bytes)
    - `stop_wait`: How long a stop waits for the sinks (10 s)
    - `telemetry`: Whether each flush carries the server's own counters as `basenji.*` series (True)

    Raises `ServerError`, an `OSError`, if it cannot listen; `SettingError`, a `ValueError`, for an option out of its range. In the child of a fork
    every call raises `ServerError`, since the threads are the parent's.
    """

    @checked
    def __init__(
        self,
        port: int | None = None,
        socket_path: str | PathLike[str] | None = None,
        *,
        host: str = "127.0.0.1",
        stream_path: str | PathLike[str] | None = None,
        messages: bool = False,
        # The options of aggregation, as the library's table has them.
        tags: Sequence[str] | None = None,
        contexts: int | None = None,
        context_bytes: int | None = None,
        cells: int | None = None,
        bucket_secs: int | None = None,
        counter_expiry_secs: int | None = None,
        context_expiry_secs: int | None = None,
        counter_zeros: bool | None = None,
        key_by_origin: bool | None = None,
        aggregates: Sequence[str] | None = None,
        histogram_exact_samples: int | None = None,
        set_exact_members: int | None = None,
        set_precision: int | None = None,
        sketch_bins: int | None = None,
        workers: int | None = None,
        receive_buffer: int | None = None,
        socket_buffer: int | None = None,
        socket_mode: int | None = None,
        eol_required: Sequence[str] | None = None,
        origin_detection: bool | None = None,
        max_connections: int | None = None,
        copy_histograms: str | None = None,
        timestamps: bool | None = None,
        kept_percent: int | None = None,
        modest_percent: int | None = None,
        event_bytes: int | None = None,
        sink_bytes: int | None = None,
        stop_wait: float | None = None,
        telemetry: bool | None = None,
        # The end of them.
    ) -> None:
        options = dict(locals())
        del options["self"]
        if port is None and socket_path is None and stream_path is None:
            options["port"] = 8125
        self._native = NativeServer(**options)
        listeners = self._native.listeners()
        #: The UDP port; 0 without one.
        self.port: int = self._native.port()
        #: Where each listener can be reached: ``127.0.0.1:8125``, or a path.
        self.addresses: list[str] = [address for _, address in listeners]
        #: Where the first listener can be reached, as `Client` takes it: ``udp://127.0.0.1:8125``, ``unix:///path``.
        self.address: str = "".join((SCHEMES[listeners[0][0]], listeners[0][1]))
        self._unclaimed = _Unclaimed(self._native)

    def flush(self) -> None:
        """Flushes what was sent before, the open bucket too; then it can be read. What comes later in the bucket makes another point."""
        self._native.flush()

    def flushes(self) -> Flushes:
        """Each flush from now on, until the server is closed: to be iterated, with ``for`` or ``async for``.

        The last 16 MiB of flushes are kept for whoever iterates; those that came too late for it are counted in `stats`.
        """
        return Flushes(self._native, self._native.next_number())

    def __iter__(self) -> Iterator[Series]:
        """Each series from now on, until the server is closed."""
        return _each_series(self.flushes())

    def __aiter__(self) -> AsyncIterator[Series]:
        """Each series from now on, until the server is closed, for asyncio."""
        return _each_series_async(self.flushes())

    def wait_for(
        self,
        name: str,
        *,
        tags: Collection[str] = (),
        where: Callable[[Series], object] | None = None,
        timeout: float = 5.0,
    ) -> Series:
        """The next series of that name which has all of `tags`, flushing when something arrives until it is there, for `timeout` seconds.

        Each series is found once, those that were flushed before included (the last 10,000); a counter's zeros are not. `where` is called with a
        series and says whether it is the one. From asyncio: ``await asyncio.to_thread(server.wait_for, ...)``.

        Raises `WaitTimeout`, a `TimeoutError`, which says what there was instead; `ServerError` if the server is closed before.
        """

        def matches(series: Series) -> bool:
            return series.name == name and set(tags) <= set(series.tags) and (where is None or bool(where(series)))

        _check("name", name, tags)
        return self._unclaimed.claim(self._unclaimed.series, matches, _wanted(name, tags), timeout)

    def wait_for_event(
        self,
        title: str,
        *,
        tags: Collection[str] = (),
        where: Callable[[Event], object] | None = None,
        timeout: float = 5.0,
    ) -> Event:
        """The next event of that title, found as by `wait_for`."""

        def matches(event: Event) -> bool:
            return event.title == title and set(tags) <= set(event.tags) and (where is None or bool(where(event)))

        _check("title", title, tags)
        return self._unclaimed.claim(self._unclaimed.events, matches, _wanted(f"the event {title!r}", tags), timeout)

    def wait_for_service_check(
        self,
        name: str,
        *,
        tags: Collection[str] = (),
        where: Callable[[ServiceCheck], object] | None = None,
        timeout: float = 5.0,
    ) -> ServiceCheck:
        """The next service check of that name, found as by `wait_for`."""

        def matches(check: ServiceCheck) -> bool:
            return check.name == name and set(tags) <= set(check.tags) and (where is None or bool(where(check)))

        _check("name", name, tags)
        wanted = _wanted(f"the service check {name!r}", tags)
        return self._unclaimed.claim(self._unclaimed.service_checks, matches, wanted, timeout)

    def take_messages(self, timeout: float = 0.0) -> list[Message | ParseError]:
        """What was received since the last call, message by message, and the lines that are none; waits up to `timeout` seconds if there is nothing.

        Empty on a server without ``messages=True``. At most 16 MiB wait; what came too late for it is counted in `stats`.
        """
        return self._native.take_messages(timeout)

    def stats(self) -> ServerStats:
        """What was counted so far, or in all once it is closed."""
        return ServerStats(**self._native.stats())

    def close(self) -> ServerStats:
        """Reads what has arrived, flushes, ends, and tells what was counted. What was flushed can still be read."""
        self._native.close()
        return self.stats()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import asyncio

        await asyncio.to_thread(self.close)

    def __repr__(self) -> str:
        return f"<Server {', '.join(self.addresses)}>"


class Flushes:
    """The flushes of a server from a certain one on."""

    def __init__(self, native: NativeServer, number: int) -> None:
        self._native = native
        self._number = number

    def __iter__(self) -> Iterator[Flushed]:
        number = self._number
        while (found := self._native.read(number, None)) is not None:
            number, flushed = found
            yield flushed

    async def __aiter__(self) -> AsyncIterator[Flushed]:
        import asyncio
        import socket

        loop = asyncio.get_running_loop()
        with socket.socket(fileno=self._native.watch()) as watch:
            watch.setblocking(False)
            number = self._number
            while True:
                # What came last came before the end.
                closed = self._native.is_closed()
                if (found := self._native.read(number, 0.0)) is not None:
                    number, flushed = found
                    yield flushed
                elif closed:
                    return
                else:
                    await loop.sock_recv(watch, 1)


def _each_series(flushes: Flushes) -> Iterator[Series]:
    for flushed in flushes:
        yield from flushed.series


async def _each_series_async(flushes: Flushes) -> AsyncIterator[Series]:
    async for flushed in flushes:
        for series in flushed.series:
            yield series


class _Unclaimed:
    """What was flushed and nobody has waited for yet."""

    def __init__(self, native: NativeServer) -> None:
        self._native = native
        self._lock = threading.Lock()
        self._number = 0
        self.series: deque[Series] = deque(maxlen=KEPT)
        self.events: deque[Event] = deque(maxlen=KEPT)
        self.service_checks: deque[ServiceCheck] = deque(maxlen=KEPT)

    def claim(self, among: deque[Found], matches: Callable[[Found], bool], wanted: str, timeout: float) -> Found:
        """Takes the first that matches."""
        if not isinstance(timeout, (int, float)):
            raise TypeError(f"timeout must be a number, not {timeout!r}")
        end = monotonic() + timeout
        while True:
            closed = self._native.is_closed()
            arrived = self._native.arrived()
            self._native.flush()
            with self._lock:
                self._read()
                for at, each in enumerate(among):
                    if matches(each):
                        del among[at]
                        return each
                others = "".join(f"\n  {each}" for each in list(among)[-20:])
            instead = f"; what did:{others}" if others else "; nothing else did either"
            if closed:
                raise ServerError(f"{wanted} did not arrive before the server was closed{instead}", CLOSED)
            if not self._native.wait_for_more(arrived, end - monotonic()) and not self._native.is_closed():
                raise WaitTimeout(f"{wanted} did not arrive within {timeout:g} s{instead}")

    def _read(self) -> None:
        while (found := self._native.read(self._number, 0.0)) is not None:
            self._number, flushed = found
            self.series.extend(each for each in flushed.series if each.kind != "count" or each.value != 0)
            self.events.extend(flushed.events)
            self.service_checks.extend(flushed.service_checks)


def _check(argument: str, name: object, tags: Collection[object]) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{argument} must be str, not {name!r}")
    # One text alone is mostly a mistake.
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags):
        raise TypeError(f"tags must be several str, not {tags!r}")


def _wanted(what: str, tags: Collection[str]) -> str:
    return f"{what} with the tags {', '.join(tags)}" if tags else what
