"""Constant tags: a list that tells when it is changed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def _telling(name: str) -> Callable[..., Any]:
    change = getattr(list, name)

    def method(self: TagList, *arguments: Any, **options: Any) -> Any:
        result = change(self, *arguments, **options)
        self._changed(self)
        return result

    # What `functools.wraps` does, which takes longer to import than all of this package.
    method.__name__, method.__doc__, method.__wrapped__ = name, change.__doc__, change  # type: ignore[attr-defined]
    return method


class TagList(list[str]):
    """A list of tags whose owner learns of each change."""

    def __init__(self, tags: Iterable[str], changed: Callable[[list[str]], None]) -> None:
        super().__init__(tags)
        self._changed = changed

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


for _name in (
    "__setitem__", "__delitem__", "__iadd__", "__imul__", "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse",
):  # fmt: skip
    setattr(TagList, _name, _telling(_name))
