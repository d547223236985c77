"""Options that nobody knows are refused by name, with the nearest one that there is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _Init = TypeVar("_Init", bound=Callable[..., None])


def checked(init: _Init) -> _Init:
    """`init`, which says more of a keyword that it does not know than Python does."""
    code: Any = init.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]

    def __init__(self: object, *arguments: Any, **options: Any) -> None:
        for name in options:
            if name not in known:
                raise TypeError(_unknown(type(self).__name__, name, known))
        init(self, *arguments, **options)

    # What `functools.wraps` does, which takes longer to import than all of this package.
    __init__.__wrapped__, __init__.__doc__, __init__.__qualname__ = init, init.__doc__, init.__qualname__  # type: ignore[attr-defined]
    return __init__  # type: ignore[return-value]


def _unknown(kind: str, name: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(name, known, 1)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else f"; there are {', '.join(known)}"
    return f"{kind}() has no option '{name}'{hint}"
