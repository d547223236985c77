from _typeshed import ReadableBuffer
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, ClassVar, Literal, SupportsFloat, SupportsIndex, TypeAlias, final, overload

from typing_extensions import Self

from . import handles
from .errors import ParseError
from .messages import Event, Message, Metric, ServiceCheck
from .series import AggregatorStats, Flushed, Series

__version__: str

def container_id() -> str | None:
    """The id of this process's container as the `c:` field has it."""
def environment() -> dict[str, Any]:
    """What every message says of its sender, and where it goes."""
def parse_address(text: str) -> tuple[str, str, int, str]:
    """The scheme, the host or the path, and the port of an address; and the address as it is shown.

    # Errors

    `SettingError` that says what is wrong with it.
    """
@overload
def parse(datagram: str | ReadableBuffer, *, return_errors: Literal[False] = False) -> list[Message]:
    r"""The messages of a datagram in order, one for each line that is not empty.

    `datagram` is bytes, any object with a buffer of bytes, or text, which is taken as UTF-8. Text in it that is not UTF-8 comes out with
    U+FFFD. Numbers, sample rates included, are as they stand in the line: what a server makes of odd ones is the aggregator's matter.

    Raises `ParseError` for the first line that is no message; its `messages` are those of the other lines, its `errors` all there are.
    With `return_errors` nothing is raised, and the errors stand in the list in the places of their lines. `TypeError` for what is no
    datagram.

    >>> from basenji import parse
    >>> parse("page.views:1|c|@0.5|#env:dev")
    [Metric(name='page.views', type='c', values=(1.0,), sample_rate=0.5, tags=('env:dev',), timestamp=None, container_id=None, external_data=None, cardinality=None)]
    >>> parse(b"login.time:fast|ms")
    Traceback (most recent call last):
    basenji.errors.ParseError: the value is not a number (a name must not contain ':') (at byte 11): 'login.time:fast|ms'
    >>> [type(each).__name__ for each in parse(b"_sc|db.up|0\nno message", return_errors=True)]
    ['ServiceCheck', 'ParseError']
    """
@overload
def parse(datagram: str | ReadableBuffer, *, return_errors: bool) -> list[Message | ParseError]: ...

_Numbers: TypeAlias = SupportsFloat | SupportsIndex | ReadableBuffer | Iterable[SupportsFloat | SupportsIndex]

@final
class Sketch:
    """The Datadog Agent's sketch of a distribution: bins of logarithmic width, from which quantiles are read that are at most 2.4 % off.

    Sketches merge without loss, with those of the Agent too, can be pickled, and may be used by several threads. `values` are taken as by
    `add`; `bins` is the most bins that it may have, 1 to 4096: if there were more, the lowest become one, so that high quantiles stay
    as they are. Memory is taken for the bins that there are.

    >>> from basenji import Sketch
    >>> sketch = Sketch([12, 15, 11, 250, 13])
    >>> sketch.merge(Sketch([9]))
    >>> sketch.count, sketch.min, sketch.max, sketch.quantile(1)
    (6, 9.0, 250.0, 250.0)
    >>> abs(sketch.quantile(0.5) / 12 - 1) < 0.024
    True

    Raises TypeError for what is no number, ValueError for `bins` out of their range.
    """

    def __new__(cls, values: _Numbers | None = None, *, bins: int = 4096) -> Self: ...
    def add(self, values: _Numbers, weight: float = 1.0) -> None:
        """Counts a number or each of several, `weight` times.

        `values` is a number, something that shows numbers in its memory, as `array.array` and numpy's arrays of any shape do, or any
        iterable of numbers. Memory is read in place, without a copy and without the interpreter's lock, unless its byte order is not the
        machine's or its numbers are none of C's. `weight` is 1 divided by the sample rate, 1 or more. NaN and infinities are ignored, as in
        the Agent.

        >>> import array
        >>> from basenji import Sketch
        >>> sketch = Sketch()
        >>> sketch.add(array.array("d", [0.5, 1.5]))
        >>> sketch.add(7, weight=10)
        >>> sketch.count, sketch.sum
        (12, 72.0)

        Raises TypeError for what is no number, and OverflowError for one beyond all doubles; nothing is counted then. ValueError for a
        weight out of its range.
        """
    def merge(self, other: Sketch) -> None:
        """Adds all that another sketch has counted, which stays as it is."""
    def quantile(self, q: float) -> float:
        """The value below which the share `q`, 0 to 1, of all values lies; 0 if there are none.

        Raises ValueError for a `q` out of its range.
        """
    def clear(self) -> None:
        """Forgets everything."""
    @property
    def count(self) -> int:
        """How many values there were, each as often as its weight says."""
    @property
    def sum(self) -> float:
        """The sum of the values."""
    @property
    def min(self) -> float:
        """The smallest value; 0 if there are none."""
    @property
    def max(self) -> float:
        """The largest value; 0 if there are none."""
    @property
    def avg(self) -> float:
        """The average; 0 if there are none."""
    @property
    def keys(self) -> list[int]:
        """The keys of the bins, ascending: the column `k` of the Agent's payload."""
    @property
    def counts(self) -> list[int]:
        """The counts of the bins in the order of the keys: the column `n` of the Agent's payload."""
    def to_dict(self) -> dict[str, Any]:
        """All of it in plain numbers, for JSON: ``bins``, ``count``, ``sum``, ``min``, ``max``, ``avg``, and the columns ``k`` and ``n``.

        >>> from basenji import Sketch
        >>> Sketch([1]).to_dict()
        {'bins': 4096, 'count': 1, 'sum': 1.0, 'min': 1.0, 'max': 1.0, 'avg': 1.0, 'k': [1338], 'n': [1]}
        """
    @classmethod
    def from_dict(cls, columns: dict[str, Any]) -> Sketch:
        """The sketch of what `to_dict` has returned.

        Raises KeyError, TypeError or ValueError that names what is missing or wrong.
        """
    def to_bytes(self, form: Literal["compact", "agent", "otlp", "prometheus", "clickhouse"] = "compact") -> bytes:
        """All of it in a form that others read: ``"compact"``, Basenji's own, which keeps all; ``"agent"``, the Datadog Agent's `Dogsketch`;
        ``"otlp"``, OpenTelemetry's exponential histogram data point; ``"prometheus"``, its native histogram; ``"clickhouse"``, its state of
        `quantilesDD(1 / 129, ...)`.

        >>> from basenji import Sketch
        >>> there = Sketch.from_bytes(Sketch([12, 250]).to_bytes())
        >>> there.merge(Sketch([9]))
        >>> there.count, there.max
        (3, 250.0)

        Raises ValueError for another form.
        """
    @classmethod
    def from_bytes(cls, data: ReadableBuffer, form: Literal["compact", "agent", "otlp", "prometheus", "clickhouse"] = "compact") -> Sketch:
        """The sketch that was written in a form, in any language of Basenji or by what the form is named after.

        Raises StateError for what is corrupt, with its place, ValueError for another form.
        """
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]: ...

@final
class Uniques:
    """How many different members there were, in 16 kB: exact for a handful, off by 0.8 % on average for many.

    They merge without loss, in every language of Basenji, can be pickled, and may be used by several threads. `members` are taken as by `add`.

    >>> from basenji import Uniques
    >>> users = Uniques(["ann", "bob"])
    >>> users.merge(Uniques(["bob", "eve"]))
    >>> users.count
    3

    Raises TypeError for a member that is neither str nor bytes.
    """

    def __new__(cls, members: Iterable[str | bytes] | None = None) -> Self: ...
    def add(self, member: str | bytes) -> None:
        """Counts a member, if it is a new one: a str by its bytes in UTF-8, or bytes."""
    def merge(self, other: Uniques) -> None:
        """Adds the members that another one has counted, which stays as it is."""
    def clear(self) -> None:
        """Forgets everything."""
    @property
    def count(self) -> int:
        """About how many different members there were."""
    def to_bytes(self) -> bytes:
        """The registers in bytes, which every language of Basenji reads."""
    @classmethod
    def from_bytes(cls, data: ReadableBuffer) -> Uniques:
        """What `to_bytes` has written, in any language.

        Raises StateError for what is corrupt, with its place.
        """
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...

@final
class Aggregator:
    r"""Metrics in, one finished point a series and bucket out: the aggregation of a server, without sockets or a clock.

    It may be used by several threads. What is not given has its default, which stands in brackets:

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

    Wherever there is `now`, it is in seconds since 1970, and the clock's if it is left out. Values that are not finite are skipped and counted, a
    sample rate outside (0, 1] counts as 1.

    >>> from basenji import Aggregator
    >>> aggregator = Aggregator(tags=["env:dev"])
    >>> aggregator.record("page.views:1|c|@0.5\npage.views:3|c", now=1700000000)
    []
    >>> aggregator.gauge("queue.length", 12, tags=["queue:mail"], now=1700000001)
    >>> for series in aggregator.flush(now=1700000010):
    ...     print(series.timestamp, series)
    1700000000 page.views 5 (count) #env:dev
    1700000000 queue.length 12 (gauge) #env:dev,queue:mail

    Raises SettingError, a ValueError, for an option out of its range; TypeError for one of a wrong type.
    """

    def __new__(
        cls,
        *,
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
        # The end of them.
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
        self, name: str, value: float | None = None, tags: Sequence[str] | None = None, *, sample_rate: float | None = None, now: float | None = None
    ) -> None:
        """Adds `value`, 1 if it is left out, to a counter, each as often as `sample_rate` says."""
    def gauge(self, name: str, value: float, tags: Sequence[str] | None = None, *, now: float | None = None) -> None:
        """Sets a gauge."""
    def histogram(
        self, name: str, value: float, tags: Sequence[str] | None = None, *, sample_rate: float | None = None, now: float | None = None
    ) -> None:
        """Takes a sample into a histogram."""
    def distribution(
        self, name: str, value: float, tags: Sequence[str] | None = None, *, sample_rate: float | None = None, now: float | None = None
    ) -> None:
        """Takes a sample into a distribution."""
    def timing(
        self, name: str, value: float, tags: Sequence[str] | None = None, *, sample_rate: float | None = None, now: float | None = None
    ) -> None:
        """Takes a sample, in milliseconds, into a timing."""
    def set(self, name: str, value: object, tags: Sequence[str] | None = None, *, now: float | None = None) -> None:
        """Puts a member, `str()` of what is given, into a set."""
    def flush(self, now: float | None = None) -> list[Series]:
        """The points of all buckets that are over at `now`."""
    def flush_all(self, now: float | None = None) -> list[Series]:
        """The same with the bucket that is open."""
    def next_flush_at(self, now: float | None = None) -> float:
        """When the bucket of `now` ends."""
    def merge(self, other: Aggregator) -> None:
        """Takes in what another one holds, which must have equal options but for `tags` and `contexts`. Of a gauge the value received later holds.

        Raises SettingError, a ValueError, for itself and for one with other options.
        """
    def stats(self) -> AggregatorStats:
        """What is held now, and what was refused and skipped since it was made."""

@final
class NativeServer:
    """A server and the way from its threads to Python's."""

    def __new__(
        cls,
        *,
        host: str,
        port: int | None,
        socket_path: str | PathLike[str] | None,
        stream_path: str | PathLike[str] | None,
        messages: bool,
        **options: Any,
    ) -> Self: ...
    def listeners(self) -> list[tuple[str, str]]:
        """The kinds and addresses of the listeners; none once it is closed."""
    def port(self) -> int:
        """The UDP port; 0 without one."""
    def flush(self) -> None:
        """Flushes what was sent before; nothing once it is closed."""
    def close(self) -> None:
        """Reads what has arrived, flushes and ends; once only, and whoever else closes it waits."""
    def is_closed(self) -> bool: ...
    def stats(self) -> dict[str, Any]:
        """What was counted so far, by name."""
    def next_number(self) -> int:
        """The number that the next flush with something in it will have."""
    def read(self, number: int, timeout: float | None) -> tuple[int, Flushed] | None:
        """The first `Flushed` from `number` on and the number after it. `None` after `timeout` seconds without, or once closed."""
    def arrived(self) -> int:
        """How many datagrams have arrived."""
    def wait_for_more(self, seen: int, timeout: float) -> bool:
        """Whether more than `seen` datagrams have arrived, waiting up to `timeout` seconds."""
    def take_messages(self, timeout: float) -> list[Message | ParseError]:
        """The messages and errors of the datagrams that have arrived since the last call, waiting up to `timeout` seconds if there are none."""
    def watch(self) -> int:
        """A socket's descriptor that becomes readable with each flush and at the end; whoever asks closes it."""

class Emitter:
    """The native half of a client."""

    namespace: str | None
    default_sample_rate: float
    cardinality: str | None
    metrics_count: int
    events_count: int
    service_checks_count: int
    packets_sent: int
    bytes_sent: int
    packets_dropped_queue: int
    packets_dropped_writer: int
    packets_dropped_expired: int
    bytes_dropped_queue: int
    bytes_dropped_writer: int
    bytes_dropped_expired: int
    _container_id: str | None
    _external_data: str | None
    _enabled: bool
    _gathers: bool
    _starts: bool
    _most_samples: int
    _safe: bool
    _telemetry: bool
    _last_flush_time: float
    _telemetry_flush_interval: float
    def __new__(cls, *_arguments: Any, **_options: Any) -> Self: ...
    def increment(
        self, metric: str, value: float | None = 1, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None:
        """Adds to a count.

        Raises TypeError for a name or tag that is no str; never for a network fault.
        """
    def decrement(
        self, metric: str, value: float | None = 1, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None:
        """Takes from a count.

        Raises TypeError for a name or tag that is no str; never for a network fault.
        """
    def count(
        self, metric: str, value: float | None, tags: Iterable[str] | None = None, sample_rate: float | None = None, cardinality: str | None = None
    ) -> None:
        """Adds to a count.

        Raises TypeError for a name or tag that is no str; never for a network fault.
        """
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
    ) -> None:
        """A member of a set.

        Raises TypeError for a name or tag that is no str; never for a network fault.
        """
    def gauge_with_timestamp(
        self,
        metric: str,
        value: float | None,
        timestamp: float,
        tags: Iterable[str] | None = None,
        sample_rate: float | None = None,
        cardinality: str | None = None,
    ) -> None:
        """A gauge of a second since 1970.

        Raises TypeError for a name or tag that is no str; never for a network fault.
        """
    def count_with_timestamp(
        self,
        metric: str,
        value: float | None,
        timestamp: float = 0,
        tags: Iterable[str] | None = None,
        sample_rate: float | None = None,
        cardinality: str | None = None,
    ) -> None:
        """A count of a second since 1970.

        Raises TypeError for a name or tag that is no str; never for a network fault.
        """
    def _count(self, outcome: str, characters: int) -> None: ...
    def _count_call(self, is_event: bool) -> None: ...
    def _take_counts(self, now: float) -> list[int]: ...
    def _take_report(self, now: float) -> Datagram: ...
    def _put_back_counts(self, taken: list[int]) -> None: ...
    def _set_buffer(self, on: bool, most: int) -> None: ...
    def _buffer(self, line: bytes, timestamped: bool) -> object: ...
    def _datagram(self, packet: bytes) -> Datagram: ...
    def _take_buffer(self, timestamped: bool) -> Datagram | None: ...
    def _holds_lines(self) -> bool: ...
    def _in_hand(self, work: Callable[[], object]) -> object: ...
    def _last_taken(self) -> int: ...
    def _is_with_others(self, number: int) -> bool: ...
    def _write_gathered(self) -> None: ...
    def _next_gathered(self) -> Datagram | None: ...
    def _holds_gathered(self) -> bool: ...
    def _forget_gathered(self) -> None: ...
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
    def _open(self, options: dict[str, object], drop_in: bool, handed: bool = False) -> None: ...
    def _take_datagrams(self, timeout: float) -> list[bytes]: ...
    def _take_troubles(self) -> list[str]: ...
    def _is_open(self) -> bool: ...
    def _is_inherited(self) -> bool: ...
    def _take_over(self) -> None: ...
    def _wait(self, timeout: float | None) -> bool: ...
    def _close(self, timeout: float | None = None) -> bool: ...
    def _retire(self) -> None: ...
    def _end_retired(self) -> None: ...
    def _stats(self) -> list[int] | None: ...
    def _counter(self, name: object, tags: object) -> Counter: ...
    def _gauge(self, name: object, tags: object) -> Gauge: ...
    def _samples(self, kind: str, name: object, tags: object) -> Samples: ...

@final
class Datagram:
    """One datagram; if nobody has settled it when it is let go of, it counts as dropped by the writer."""

    @property
    def packet(self) -> bytes: ...
    def settle(self, outcome: str) -> None:
        """Counts it as ``sent``, or as dropped: by the ``queue``, the ``writer``, or as ``expired``; not at all as ``kept``. The first outcome holds."""

class Turns:
    """The native half of `basenji.dogstatsd._turns.Turns`. Its lock is never held while Python runs."""

    def __new__(cls) -> Self: ...
    @property
    def done(self) -> int:
        """How much has been done."""
    @property
    def waiting(self) -> int:
        """How much waits."""
    def _is_of(self, me: int) -> bool: ...
    def _hand_in(
        self, work: Callable[[float | None], object], outcome: list[Any], datagram: Datagram | None, is_waited_for: bool
    ) -> None: ...
    def _end_wait(self, outcome: list[Any]) -> None: ...
    def _go_on(self, me: int, deadline: float | None) -> None: ...
    def _drop_datagrams(self) -> int: ...
    def forget(self) -> None:
        """Forgets what waits and who is at work: in the child of a fork. What the calling thread is at is the parent's."""

def held() -> int:
    """How much the calling thread has in hand or is at; a signal handler or a finalizer may run meanwhile."""

@final
class Counter:
    """A counter."""

    def inc(self) -> None:
        """Adds 1."""
    def dec(self) -> None:
        """Takes 1."""
    def add(self, value: int, /) -> None:
        """Adds a whole number of up to 64 bits."""

@final
class Gauge:
    """A gauge."""

    def set(self, value: float, /) -> None:
        """Sets it to a number."""

class Samples:
    """What takes samples: a distribution, a histogram or a timing."""

    def record(self, value: float, /) -> None:
        """Takes a number as a sample."""
