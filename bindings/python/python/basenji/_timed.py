"""Timing of blocks, functions and coroutines."""

from __future__ import annotations

import time

from ._later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    import functools
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Any, TypeVar

    from ._emitter import Metrics

    _Function = TypeVar("_Function", bound=Callable[..., Any])
else:
    functools = later("functools")

#: The clock, in seconds.
clock = time.monotonic

#: What the code of a coroutine function is flagged with.
_COROUTINE = 0x80 | 0x100


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Whether calls of `function` are to be awaited."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    return bool(code and code.co_flags & _COROUTINE) or hasattr(function, "_is_coroutine_marker") or hasattr(function, "_is_coroutine")


class Timed:
    """A decorator and a context manager that sends how long something took, in seconds, or in whole milliseconds with ``use_ms``.

    `elapsed` is what was sent last.
    """

    def __init__(
        self,
        client: Metrics,
        send: Callable[..., object],
        metric: str | None,
        tags: Sequence[str] | None,
        sample_rate: float | None,
        use_ms: bool | None,
    ) -> None:
        self.statsd = client
        self.timing_func = send
        self.metric = metric
        self.tags = tags
        self.sample_rate = sample_rate
        self.use_ms = use_ms
        self.elapsed: float | None = None
        self._start = 0.0

    def __call__(self, function: _Function) -> _Function:
        """`function`, timed; without a name under that of its module and its own."""
        if not self.metric:
            self.metric = f"{function.__module__}.{function.__name__}"
        if is_coroutine_function(function):

            @functools.wraps(function)
            async def timed_coroutine(*arguments: Any, **options: Any) -> Any:
                start = clock()
                try:
                    return await function(*arguments, **options)
                finally:
                    self._send(start)

            return timed_coroutine  # type: ignore[return-value]

        @functools.wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            start = clock()
            try:
                return function(*arguments, **options)
            finally:
                self._send(start)

        return timed  # type: ignore[return-value]

    def __enter__(self) -> Timed:
        if not self.metric:
            raise TypeError("metric must be given where there is no function to be named after")
        self._start = clock()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._send(self._start)

    def start(self) -> None:
        """Begins, as ``with`` does."""
        self.__enter__()

    def stop(self) -> None:
        """Sends the time since `start`."""
        self.__exit__(None, None, None)

    def _send(self, start: float) -> None:
        elapsed = clock() - start
        if self.statsd.use_ms if self.use_ms is None else self.use_ms:
            elapsed = round(1000 * elapsed)
        self.timing_func(self.metric, elapsed, self.tags, self.sample_rate)
        self.elapsed = elapsed
