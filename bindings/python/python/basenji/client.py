"""Our own client: aggregated, packed, sent in the background."""

from __future__ import annotations

from time import monotonic

from ._checked import checked
from ._emitter import Metrics
from .dogstatsd import _lifecycle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from ._handing import Handing
    from .stats import Stats

    _Tags = Sequence[str]


class Client(Metrics):
    """A DogStatsD client for whoever need not look like another one.

    Calls are aggregated and packed, and leave in the background every `flush_interval` seconds, at exit, across a fork and with
    `flush`. None raises for a network fault; what a server could not read (an empty name, a value that is no number) is refused and counted.

    What is not given is what the environment says (``DD_*``), and else has its default, which stands in brackets:

    - `address`: Where to send: udp://host:port, unix:///path, unixgram:///path or unixstream:///path (udp://localhost:8125)
    - `profile`: fast: calls are aggregated, packed and sent in the background; plain: a datagram a call, from the calling thread (fast)
    - `prefix`: What stands before each name, joined by a dot unless it ends in one (none)
    - `suffix`: What stands behind each name, joined by a dot unless it begins with one (none)
    - `tags`: Tags of every message; they take the place of the environment's with the same key (none)
    - `cardinality`: The cardinality of calls that name none (not told)
    - `environment`: Whether variables of the environment count (True)
    - `origin_detection`: Whether messages tell the container that they come from (True)
    - `container_id`: The text of the `c:` field, instead of looking for the container (what is found)
    - `root`: The directory that holds `proc` and `sys`, where the container is looked for (/)
    - `dialect`: How lines are written; one of another library's with the profile fast is made safe (basenji)
    - `aggregation`: Which calls the profile fast aggregates: off none, basic counts, gauges and sets, extended all (extended)
    - `flush_interval`: How long calls gather with the profile fast (2 s)
    - `background`: Whether a thread sends the datagrams; without it one that the system does not take at once is dropped (true with the profile fast)
    - `max_payload`: Most bytes of a datagram of several lines (1432 over UDP, 8192 elsewhere)
    - `sample_rate`: Part of the calls that are sent where a call names no rate; aggregated counts, gauges and sets are exact all the same (1)
    - `telemetry`: Whether the client's own counters are sent (True)
    - `telemetry_interval`: How long it is from one report of them to the next (10 s)
    - `contexts`: Most contexts that one thread aggregates in an interval; calls beyond are sent one by one (10000)
    - `context_bytes`: Most bytes of their names and tags (2097152 bytes)
    - `cells`: Most samples and set members that one thread gathers in an interval, of eight bytes each (1048576)
    - `queue_bytes`: Most bytes that wait to be sent (1048576 bytes)
    - `overflow`: Which datagrams are dropped when more wait (oldest)
    - `expiry`: How long a datagram may wait, in the queue and at a socket that is full or gone (10 s)
    - `patience`: How long a full socket is waited for before a datagram is dropped (1 s)
    - `troubles`: Most reports of lost datagrams and lost connections that are kept until they are asked for; of more the oldest are dropped (0)
    - `send_buffer`: Bytes that the kernel holds for the socket, at least (SO_SNDBUF) (32768 bytes)
    - `retry_first`: How long a connection that was lost for the first time is left alone (0.01 s)
    - `retry_most`: How long it is left alone at most, when it is lost again and again (1 s)
    - `lookup_interval`: How long it is from one look-up of the host's name to the next (60 s)
    - `longest_frame`: Longest datagram over a stream or a pipe (8192 bytes)
    - `segmentation`: Whether datagrams of one length leave by UDP segmentation where the system has it (True)

    With `transport` each datagram is handed to it, in order, on a thread of its own, instead of being sent to an address. What it raises is dropped. `use_ms` has
    timers measure in milliseconds and not in seconds.

    >>> client = Client("udp://127.0.0.1:8125", prefix="shop", tags=["env:dev"])
    >>> client.increment("visits", tags=["page:home"])
    >>> visits = client.counter("visits", tags=["page:home"])
    >>> visits.inc()
    >>> visits.add(3)
    >>> client.close()
    True

    Raises `basenji.Error` for an address that cannot be used, `ValueError` for an option out of its range.
    """

    @checked
    def __init__(
        self,
        address: str | None = None,
        *,
        use_ms: bool = False,
        transport: Callable[[bytes], object] | None = None,
        # The options of a client, as the library's table has them.
        profile: str | None = None,
        prefix: str | None = None,
        suffix: str | None = None,
        tags: Sequence[str] | None = None,
        cardinality: str | None = None,
        environment: bool | None = None,
        origin_detection: bool | None = None,
        container_id: str | None = None,
        root: str | None = None,
        dialect: str | None = None,
        aggregation: str | None = None,
        flush_interval: float | None = None,
        background: bool | None = None,
        max_payload: int | None = None,
        sample_rate: float | None = None,
        telemetry: bool | None = None,
        telemetry_interval: float | None = None,
        contexts: int | None = None,
        context_bytes: int | None = None,
        cells: int | None = None,
        queue_bytes: int | None = None,
        overflow: str | None = None,
        expiry: float | None = None,
        patience: float | None = None,
        troubles: int | None = None,
        send_buffer: int | None = None,
        retry_first: float | None = None,
        retry_most: float | None = None,
        lookup_interval: float | None = None,
        longest_frame: int | None = None,
        segmentation: bool | None = None,
        # The end of them.
    ) -> None:
        options = dict(locals())
        del options["self"], options["use_ms"], options["transport"]
        if not isinstance(use_ms, bool):
            raise TypeError(f"use_ms must be bool, not {use_ms!r}")
        self.use_ms = use_ms
        if transport is not None and not callable(transport):
            raise TypeError(f"transport must be callable, not {transport!r}")
        self._open(options, drop_in=False, handed=transport is not None)
        self._handing: Handing | None = None
        if transport is not None:
            from ._handing import Handing

            self._handing = Handing(self._take_datagrams, transport)
        _lifecycle.track(self)

    def event(
        self,
        title: str,
        message: str,
        alert_type: str | None = None,
        aggregation_key: str | None = None,
        source_type_name: str | None = None,
        date_happened: int | None = None,
        priority: str | None = None,
        tags: _Tags | None = None,
        hostname: str | None = None,
        cardinality: str | None = None,
    ) -> None:
        """Sends an event; `date_happened` is in seconds since 1970. Raises TypeError for a title or message that is no str."""
        self._written(
            self._event,
            title,
            message,
            alert_type,
            aggregation_key,
            source_type_name,
            date_happened,
            priority,
            tags,
            hostname,
            cardinality,
        )

    def service_check(
        self,
        check_name: str,
        status: int,
        tags: _Tags | None = None,
        timestamp: int | None = None,
        cardinality: str | None = None,
        hostname: str | None = None,
        message: str | None = None,
    ) -> None:
        """Sends the status of a check: `OK`, `WARNING`, `CRITICAL` or `UNKNOWN`; `timestamp` is in seconds since 1970."""
        self._written(self._service_check, check_name, status, tags, timestamp, cardinality, hostname, message)

    def flush(self, timeout: float | None = None) -> bool:
        """Sends what was called before, waiting at most `timeout` seconds (None: two); whether nothing waits any more."""
        end = None if self._handing is None else self._handing.deadline(timeout)
        sent = self._wait(timeout)
        return sent if self._handing is None else self._handing.flush(end) and sent

    def close(self, timeout: float | None = None) -> bool:
        """Sends what was called before, for at most `timeout` seconds (None: two), and ends; whether all was sent. What was not is dropped and counted.

        With 0 nothing is waited for.
        """
        end = None if self._handing is None else self._handing.deadline(timeout)
        sent = self._close(timeout)
        return sent if self._handing is None else self._handing.close(end) and sent

    def stats(self) -> Stats:
        """What the client has done in this process."""
        from .stats import Stats

        return Stats(*(self._stats() or [0] * 8))

    def troubles(self) -> list[str]:
        """What was lost and why since the last time, as sentences: the last of them, as many as the option `troubles` says.

        >>> client = Client("unix:///nowhere/d.sock", troubles=10)
        >>> client.increment("visits")
        >>> client.flush(0.5)
        False
        >>> client.troubles()[0]
        'there is no connection: No such file or directory'
        >>> client.close(0)
        False
        """
        return self._take_troubles()

    def __repr__(self) -> str:
        stats = self.stats()
        return f"<Client sent={stats.packets_sent} dropped={stats.packets_dropped}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def pre_fork(self) -> None:
        """The native half looks after forks itself."""

    post_fork_parent = post_fork_child = pre_fork

    def _flush_by(self, deadline: float) -> None:
        self.flush(max(0.0, deadline - monotonic()))

    def _at_exit(self, deadline: float) -> None:
        self._end_by(deadline)
        if self._handing is not None:
            self._handing.close(deadline)
