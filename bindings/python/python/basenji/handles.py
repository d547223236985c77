"""Handles of samples."""

from __future__ import annotations

from time import perf_counter

from . import _basenji

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Samples:
    """A distribution, histogram or timing whose name and tags are looked up once.

    ``record(value)`` takes a sample; ``with samples.time():`` takes how long the block took.
    """

    __slots__ = ("_unit", "record")

    def __init__(self, native: _basenji.Samples, unit: float) -> None:
        #: Takes a number as a sample.
        self.record: Callable[[float], None] = native.record
        self._unit = unit

    def __repr__(self) -> str:
        return repr(getattr(self.record, "__self__", None))

    def time(self) -> Stopwatch:
        """A context manager that takes how long its block took."""
        return Stopwatch(self.record, self._unit)


class Stopwatch:
    """Takes the time of a block as a sample; `elapsed` is that time."""

    __slots__ = ("_record", "_start", "_unit", "elapsed")

    def __init__(self, record: Callable[[float], None], unit: float) -> None:
        self._record, self._unit = record, unit
        self._start = 0.0
        self.elapsed: float | None = None

    def __enter__(self) -> Stopwatch:
        self._start = perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.elapsed = (perf_counter() - self._start) * self._unit
        self._record(self.elapsed)
