"""What the package raises."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .messages import Message

__all__ = ["Error", "ParseError", "ServerError", "SettingError", "StateError", "WaitTimeout"]


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


class ParseError(Error, ValueError):
    """A line that is no message.

    `code` and its short name `reason` are the same in every language of Basenji, `offset` counts bytes from the start of the `line`. Where
    several lines were given, `messages` are those of the good ones and `errors` all errors, this one first, so that nothing is lost.

    >>> error = ParseError("the type is none of c, g, ms, h, d, s", 6, 4, "bad type", "a:1|x")
    >>> str(error)
    "the type is none of c, g, ms, h, d, s (at byte 4): 'a:1|x'"
    """

    code: int
    offset: int

    def __init__(self, message: str, code: int, offset: int, reason: str = "", line: str = "") -> None:
        super().__init__(message, code, offset)
        self.reason = reason
        self.line = line
        self.messages: list[Message] = []
        self.errors: list[ParseError] = []

    def __str__(self) -> str:
        return f"{self.message} (at byte {self.offset}): {self.line!r}"


class ServerError(Error, OSError):
    """A server cannot start, or does not run here any more.

    `errno` is the system's number of the reason, as in ``errno.EADDRINUSE``; None if it has none.

    >>> import errno
    >>> error = ServerError("UDP port 8125 is already in use", 70, errno.EADDRINUSE)
    >>> isinstance(error, OSError), error.code, error.errno == errno.EADDRINUSE
    (True, 70, True)
    """

    code: int

    def __init__(self, message: str, code: int, errno: int | None = None) -> None:
        super().__init__(message, code)
        self.errno = errno
        self.strerror = message

    def __reduce__(self) -> tuple[type[ServerError], tuple[str, int, int | None]]:
        return type(self), (self.message, self.code, self.errno)


class SettingError(Error, ValueError):
    """An option is out of its range; the message names it."""


class StateError(Error, ValueError):
    """The bytes are no sketch of this form, or no `Uniques`.

    `code` and its short name `reason` are the same in every language of Basenji, `offset` counts bytes from the start.

    >>> error = StateError("the state is cut: it ends before its last number", 1, 39, "cut")
    >>> str(error), error.reason
    ('the state is cut: it ends before its last number (at byte 39)', 'cut')
    """

    code: int
    offset: int

    def __init__(self, message: str, code: int, offset: int, reason: str = "") -> None:
        super().__init__(message, code, offset)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.message} (at byte {self.offset})"

    def __reduce__(self) -> tuple[type[StateError], tuple[str, int, int, str]]:
        return type(self), (self.message, self.code, self.offset, self.reason)


class WaitTimeout(Error, TimeoutError):
    """What was waited for has not come; the message says what has."""

    def __init__(self, message: str, code: int = 67) -> None:
        super().__init__(message, code)

    def __reduce__(self) -> tuple[type[WaitTimeout], tuple[str]]:
        return type(self), (self.message,)
