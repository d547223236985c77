from _typeshed import ReadableBuffer
from collections.abc import Iterable, Sequence
from os import PathLike
from typing import Any, ClassVar, Literal, SupportsFloat, SupportsIndex, TypeAlias, final, overload

from typing_extensions import Self

from . import handles
from .errors import ParseError
from .messages import Event, Message, Metric, ServiceCheck
from .series import AggregatorStats, Flushed, Series

__version__: str

def container_id() -> str | None: ...
@overload
def parse(datagram: str | ReadableBuffer, *, return_errors: Literal[False] = False) -> list[Message]: ...
@overload
def parse(datagram: str | ReadableBuffer, *, return_errors: bool) -> list[Message | ParseError]: ...

_Numbers: TypeAlias = SupportsFloat | SupportsIndex | ReadableBuffer | Iterable[SupportsFloat | SupportsIndex]

@final
class Sketch:
    def __new__(cls, values: _Numbers | None = None, *, bins: int = 4096) -> Self: ...
    def add(self, values: _Numbers, weight: float = 1.0) -> None: ...
    def merge(self, other: Sketch) -> None: ...
    def quantile(self, q: float) -> float: ...
    def clear(self) -> None: ...
    @property
    def count(self) -> int: ...
    @property
    def sum(self) -> float: ...
    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def avg(self) -> float: ...
    @property
    def keys(self) -> list[int]: ...
    @property
    def counts(self) -> list[int]: ...
    def to_dict(self) -> dict[str, Any]: ...
    @classmethod
    def from_dict(cls, columns: dict[str, Any]) -> Sketch: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]: ...

@final
class Aggregator:
    def __new__(
        cls,
        *,
        interval: int | None = None,
        counter_zeros: bool | None = None,
        counter_expiry: int | None = None,
        aggregates: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        contexts: int | None = None,
    ) -> Self: ...
    @overload
    def record(
        self, message: str | ReadableBuffer | Metric, *, now: float | None = None, return_errors: Literal[False] = False
    ) -> list[Event | ServiceCheck]: ...
    @overload
    def record(
        self, message: str | ReadableBuffer | Metric, *, now: float | None = None, return_errors: bool
    ) -> list[Event | ServiceCheck | ParseError]: ...
    def count(
        self, name: str, value: float = 1.0, tags: Sequence[str] | None = None, *, sample_rate: float = 1.0, now: float | None = None
    ) -> None: ...
    def gauge(self, name: str, value: float, tags: Sequence[str] | None = None, *, now: float | None = None) -> None: ...
    def histogram(
        self, name: str, value: float, tags: Sequence[str] | None = None, *, sample_rate: float = 1.0, now: float | None = None
    ) -> None: ...
    def distribution(
        self, name: str, value: float, tags: Sequence[str] | None = None, *, sample_rate: float = 1.0, now: float | None = None
    ) -> None: ...
    def timing(
        self, name: str, value: float, tags: Sequence[str] | None = None, *, sample_rate: float = 1.0, now: float | None = None
    ) -> None: ...
    def set(self, name: str, value: object, tags: Sequence[str] | None = None, *, now: float | None = None) -> None: ...
    def flush(self, now: float | None = None) -> list[Series]: ...
    def flush_all(self, now: float | None = None) -> list[Series]: ...
    def next_flush_at(self, now: float | None = None) -> float: ...
    def merge(self, other: Aggregator) -> None: ...
    def stats(self) -> AggregatorStats: ...

@final
class NativeServer:
    def __new__(
        cls,
        *,
        host: str,
        port: int | None,
        socket_path: str | PathLike[str] | None,
        stream_path: str | PathLike[str] | None,
        receive_buffer: int | None,
        socket_mode: int | None,
        telemetry: bool | None,
        messages: bool,
        interval: int | None,
        counter_zeros: bool | None,
        counter_expiry: int | None,
        aggregates: Sequence[str] | None,
        tags: Sequence[str],
        contexts: int | None,
    ) -> Self: ...
    def listeners(self) -> list[tuple[str, str]]: ...
    def port(self) -> int: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...
    def is_closed(self) -> bool: ...
    def stats(self) -> dict[str, Any]: ...
    def next_number(self) -> int: ...
    def read(self, number: int, timeout: float | None) -> tuple[int, Flushed] | None: ...
    def arrived(self) -> int: ...
    def wait_for_more(self, seen: int, timeout: float) -> bool: ...
    def take_messages(self, timeout: float) -> list[Message | ParseError]: ...
    def watch(self) -> int: ...

class Emitter:
    namespace: str | None
    default_sample_rate: float
    cardinality: str | None
    metrics_count: int
    events_count: int
    service_checks_count: int
    packets_sent: int
    bytes_sent: int
    _container_id: str | None
    _external_data: str | None
    _enabled: bool
    _gathers: bool
    _telemetry: bool
    _last_flush_time: float
    _telemetry_flush_interval: float
    def __new__(cls, *_arguments: Any, **_options: Any) -> Any: ...
    def increment(
        self, metric: str, value: float | None = 1, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    def decrement(
        self, metric: str, value: float | None = 1, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    def count(
        self, metric: str, value: float | None, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    @overload
    def gauge(self, metric: str, *, tags: Iterable[str] | None = None) -> Gauge: ...
    @overload
    def gauge(
        self, metric: str, value: float | None, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    @overload
    def histogram(self, metric: str, *, tags: Iterable[str] | None = None) -> handles.Samples: ...
    @overload
    def histogram(
        self, metric: str, value: float | None, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    @overload
    def distribution(self, metric: str, *, tags: Iterable[str] | None = None) -> handles.Samples: ...
    @overload
    def distribution(
        self, metric: str, value: float | None, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    @overload
    def timing(self, metric: str, *, tags: Iterable[str] | None = None) -> handles.Samples: ...
    @overload
    def timing(
        self, metric: str, value: float | None, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    def set(
        self, metric: str, value: object, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None: ...
    def gauge_with_timestamp(
        self,
        metric: str,
        value: float | None,
        timestamp: float,
        tags: Iterable[str] | None = None,
        sample_rate: float | None = None,
        cardinality: str | None = None,
    ) -> None: ...
    def count_with_timestamp(
        self,
        metric: str,
        value: float | None,
        timestamp: float = 0,
        tags: Iterable[str] | None = None,
        sample_rate: float | None = None,
        cardinality: str | None = None,
    ) -> None: ...
    def _set_tags(self, tags: list[str]) -> None: ...
    def _set_socket(self, fd: int) -> None: ...
    def _event(
        self,
        title: object,
        message: object,
        alert_type: object,
        aggregation_key: object,
        source_type_name: object,
        date_happened: object,
        priority: object,
        tags: object,
        hostname: object,
        cardinality: str | None,
    ) -> bytes | None: ...
    def _service_check(
        self, check_name: object, status: object, tags: object, timestamp: object, cardinality: str | None, hostname: object, message: object
    ) -> bytes | None: ...
    def _report(
        self,
        metric: object,
        metric_type: str,
        value: object,
        tags: object,
        sample_rate: object,
        timestamp: object | None = None,
        sampling: bool = True,
        cardinality: str | None = None,
    ) -> bool: ...
    def _open(
        self,
        *,
        address: str | None,
        namespace: str | None,
        tags: list[str],
        flush_interval: float,
        payload: int,
        sample_rate: float,
        telemetry: bool,
        telemetry_interval: float,
        telemetry_version: str | None,
        origin_detection: bool | None,
        cardinality: str | None,
        drop_in: bool,
        plain: bool,
    ) -> None: ...
    def _is_open(self) -> bool: ...
    def _wait(self, timeout: float | None) -> bool: ...
    def _close(self) -> None: ...
    def _stats(self) -> list[int] | None: ...
    def _counter(self, name: object, tags: object) -> Counter: ...
    def _gauge(self, name: object, tags: object) -> Gauge: ...
    def _samples(self, kind: str, name: object, tags: object) -> Samples: ...

@final
class Counter:
    """A counter whose name and tags are looked up once."""

    def inc(self) -> None: ...
    def dec(self) -> None: ...
    def add(self, value: int, /) -> None: ...

@final
class Gauge:
    """A gauge whose name and tags are looked up once."""

    def set(self, value: float, /) -> None: ...

class Samples:
    def record(self, value: float, /) -> None: ...
