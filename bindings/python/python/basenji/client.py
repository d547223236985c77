"""Our own client: aggregated, packed, sent in the background."""

from __future__ import annotations

from ._emitter import Metrics
from .dogstatsd import _lifecycle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from .stats import Stats

    _Tags = Sequence[str]


class Client(Metrics):
    """A DogStatsD client for whoever need not look like another one.

    Calls are aggregated and packed, and leave in the background every `flush_interval` seconds, at exit, across a fork and with
    `flush`. None raises for a network fault; what a server could not read (an empty name, a value that is no number) is refused and counted.

    `address` is ``udp://host:port``, ``unix:///path``, ``unixgram://`` or ``unixstream://``; without it the environment says (``DD_*``),
    and else it is ``udp://localhost:8125``.

    >>> client = Client("udp://127.0.0.1:8125", prefix="shop", tags=["env:dev"])
    >>> client.increment("visits", tags=["page:home"])
    >>> visits = client.counter("visits", tags=["page:home"])
    >>> visits.inc()
    >>> visits.add(3)
    >>> client.close()

    Raises `basenji.Error` for an address that cannot be used, `ValueError` for an option out of its range.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        prefix: str | None = None,
        tags: _Tags = (),
        flush_interval: float = 2.0,
        max_payload: int = 0,
        sample_rate: float = 1.0,
        telemetry: bool = True,
        telemetry_interval: float = 10.0,
        origin_detection: bool | None = None,
        cardinality: str | None = None,
        use_ms: bool = False,
        plain: bool = False,
    ) -> None:
        self.use_ms = use_ms
        self._open(
            address=address,
            namespace=prefix,
            tags=list(tags),
            flush_interval=flush_interval,
            payload=max_payload,
            sample_rate=sample_rate,
            telemetry=telemetry,
            telemetry_interval=telemetry_interval,
            telemetry_version=None,
            origin_detection=origin_detection,
            cardinality=cardinality,
            drop_in=False,
            plain=plain,
        )
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
        return self._wait(timeout)

    def close(self) -> None:
        """Sends what was called before, for a bounded time, and ends."""
        self._close()

    def stats(self) -> Stats:
        """What the client has done in this process."""
        from .stats import Stats

        return Stats(*(self._stats() or [0] * 8))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def pre_fork(self) -> None:
        """The native half looks after forks itself."""

    post_fork_parent = post_fork_child = pre_fork

    def _at_exit(self) -> None:
        self._close()
