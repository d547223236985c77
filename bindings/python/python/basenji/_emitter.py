"""What both clients have: timers and handles."""

from __future__ import annotations

from time import monotonic

from ._basenji import Counter, Emitter, Gauge
from ._timed import Timed
from .handles import Samples

#: Seconds without a datagram that leaves, after which a client gives up when the process ends.
STANDSTILL = 0.25

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import ClassVar

    _Tags = Sequence[str]


class Metrics(Emitter):
    """Calls that both clients take in the same form."""

    OK: ClassVar[int] = 0
    WARNING: ClassVar[int] = 1
    CRITICAL: ClassVar[int] = 2
    UNKNOWN: ClassVar[int] = 3

    use_ms: bool = False

    def timed(
        self, metric: str | None = None, tags: _Tags | None = None, sample_rate: float | None = None, use_ms: bool | None = None
    ) -> Timed:
        """A decorator and context manager that sends how long something took as a timing."""
        return Timed(self, self.timing, metric, tags, sample_rate, use_ms)

    def distributed(
        self, metric: str | None = None, tags: _Tags | None = None, sample_rate: float | None = None, use_ms: bool | None = None
    ) -> Timed:
        """A decorator and context manager that sends how long something took as a sample of a distribution."""
        return Timed(self, self.distribution, metric, tags, sample_rate, use_ms)

    def counter(self, name: str, tags: _Tags | None = None) -> Counter:
        """A counter whose name and tags are looked up once.

        Raises `basenji.Error` on a client that sends a datagram a call.
        """
        self._start_fast()
        return self._counter(name, tags)

    def _handle(self, kind: str, name: str | None, tags: _Tags | None) -> Gauge | Samples:
        """What a call without a value gives."""
        self._start_fast()
        if not self._is_open():
            raise TypeError(f"{kind}() missing required argument: 'value'")
        if kind == "gauge":
            return self._gauge(name, tags)
        code, unit = {"histogram": ("h", 1.0), "timing": ("ms", 1000.0)}.get(kind, ("d", 1.0))
        return Samples(self._samples(code, name, tags), unit)

    def _start_fast(self) -> None:
        """Before a handle is made."""

    def _end_by(self, deadline: float) -> None:
        """Ends the native client at `deadline`, by `time.monotonic`, or as soon as nothing leaves any more: nobody may be there to receive."""
        before = 0
        while not self._wait(min(STANDSTILL, max(0.0, deadline - monotonic()))):
            stats = self._stats()
            sent = stats[4] if stats else 0
            if sent == before or monotonic() >= deadline:
                break
            before = sent
        self._close(0.0)

    def _written(self, write: Callable[..., bytes | None], *arguments: object) -> bytes | None:
        """The line of an event or a check; none if it is on its way, or has text that is not Unicode."""
        try:
            return write(*arguments)
        except UnicodeEncodeError as error:
            self._refused(error)
            return None

    def _refused(self, error: Exception) -> None:
        """Text that is not Unicode: refused as any other line that cannot be sent."""
