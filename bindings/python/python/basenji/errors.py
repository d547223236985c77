"""What the package raises."""

from __future__ import annotations

__all__ = ["Error"]


class Error(Exception):
    """Something that was given is refused.

    ``code`` is the stable number of the reason (``None`` if it has none), ``offset`` the place in bytes from the start of what was
    given (``None`` if there is no place).

    >>> error = Error("the type is none of c, g, ms, h, d, s", 6, 8)
    >>> str(error), error.code, error.offset
    ('the type is none of c, g, ms, h, d, s', 6, 8)
    """

    def __init__(self, message: str, code: int | None = None, offset: int | None = None) -> None:
        super().__init__(message, code, offset)
        self.message = message
        self.code = code
        self.offset = offset

    def __str__(self) -> str:
        return self.message
