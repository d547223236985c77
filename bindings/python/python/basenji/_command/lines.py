"""Lines in and out."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

from ..errors import ParseError
from ..messages import Event, Message, Metric
from .arguments import Failure

#: The longest line that is kept whole, newline included.
LONGEST = 1 << 20

#: Bytes that are read at a time, if there are as many.
CHUNK = 1 << 16


def pieces(source: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Whole lines, as many as can be read without waiting, and the first bytes of a line that is too long, with True."""
    read = getattr(source, "read1", source.read)
    rest = b""
    while chunk := read(CHUNK):
        rest += chunk
        end = rest.rfind(b"\n") + 1
        if end:
            yield from _whole(rest[:end])
            rest = rest[end:]
        if len(rest) > LONGEST:
            yield rest[:LONGEST], True
            # The rest of the line, which begins again with the one after it.
            while chunk := read(CHUNK):
                _, newline, rest = chunk.partition(b"\n")
                if newline:
                    break
    if rest:
        yield from _whole(rest)


def _whole(lines: bytes) -> Iterator[tuple[bytes, bool]]:
    """Lines, unless one is too long after all."""
    if len(lines) <= LONGEST:
        yield lines, False
        return
    for line in re.findall(rb"[^\n]*\n|[^\n]+", lines):
        yield (line[:LONGEST], True) if len(line) > LONGEST else (line, False)


def write(*objects: dict[str, Any]) -> None:
    """Writes objects to standard output, one a line, before it returns."""
    text = "".join(json.dumps(_plain(each), separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n" for each in objects)
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"cannot write to standard output: {error.strerror}") from None


def message(found: Message | ParseError) -> dict[str, Any]:
    """A message as it was sent, nothing merged, sorted or judged, or a line that is none."""
    if isinstance(found, ParseError):
        return {"kind": "error", "error": found.reason, "code": found.code, "offset": found.offset, "input": found.line}
    kind = "metric" if isinstance(found, Metric) else "event" if isinstance(found, Event) else "service_check"
    return {"kind": kind, **asdict(found)}


def _plain(value: Any) -> Any:
    """What JSON has: numbers that it lacks are text."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return value
