"""Aggregation of the plain client: counts are summed, the last gauge holds, members of sets are kept once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    #: One line to be: metric, kind, value, tags, rate, cardinality.
    _Gathered = tuple[str, str, Any, tuple[str, ...], float, str | None]
    _Key = tuple[str, str, tuple[str, ...], str | None]


class _Samples:
    """The samples of a context: a fair choice of at most `most`."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.seen = 0

    def add(self, value: Any, most: int) -> None:
        self.seen += 1
        if len(self.kept) < most:
            self.kept.append(value)
        else:
            import random

            place = random.randrange(self.seen)
            if place < most:
                self.kept[place] = value


#: The kinds whose value of an interval is one, and the order in which all are flushed.
EXACT = ("c", "g", "s")
_ORDER = ("c", "g", "s", "h", "d", "ms")


class Aggregator:
    """What was called since the last flush, by context; tags in another order are another context, as with the peer.

    Its owner's lock guards it.
    """

    def __init__(self, max_samples: int) -> None:
        self.max_samples = max_samples
        self._contexts: dict[_Key, Any] = {}

    def takes(self, kind: str) -> bool:
        """Whether calls of this kind are aggregated."""
        return kind in EXACT or self.max_samples > 0

    def add(self, metric: str, kind: str, value: Any, tags: Iterable[str] | None, cardinality: str | None) -> None:
        """Takes a call."""
        key = (kind, metric, tuple(tags) if tags else (), cardinality)
        contexts = self._contexts
        if kind == "c":
            before = contexts.get(key)
            contexts[key] = value if before is None else before + value
        elif kind == "g":
            contexts[key] = value
        elif kind == "s":
            contexts.setdefault(key, {})[value] = None
        else:
            contexts.setdefault(key, _Samples()).add(value, self.max_samples)

    def take(self) -> Iterator[_Gathered]:
        """The lines of everything, which is then forgotten."""
        contexts, self._contexts = self._contexts, {}
        for (kind, metric, tags, cardinality), state in sorted(contexts.items(), key=lambda item: _ORDER.index(item[0][0])):
            if kind in ("c", "g"):
                yield metric, kind, state, tags, 1.0, cardinality
            elif kind == "s":
                for member in state:
                    yield metric, kind, member, tags, 1.0, cardinality
            else:
                rate = len(state.kept) / state.seen
                for value in state.kept:
                    yield metric, kind, value, tags, rate, cardinality
