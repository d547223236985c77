"""`basenji parse`: how bytes are understood, one object a message.

Lines are streamed in constant memory; whatever can be read is written before the next read waits.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import BinaryIO

from .. import parse
from ..errors import ParseError
from . import lines
from .arguments import Failure

#: The code of "truncated".
TRUNCATED = 14


def run(options: Namespace) -> int:
    """Runs the command."""
    name = "standard input" if options.file == "-" else options.file
    try:
        if options.file == "-":
            refused = _show(sys.stdin.buffer, options.datagram)
        else:
            with open(options.file, "rb") as file:
                refused = _show(file, options.datagram)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"cannot read {name}: {error.strerror}") from None
    return int(refused and options.strict)


def _show(source: BinaryIO, datagram: bool) -> bool:
    """Whether a line was refused."""
    refused = False
    for text, cut in [(source.read(), False)] if datagram else lines.pieces(source):
        found = [_truncated(text)] if cut else parse(text, return_errors=True)
        refused |= any(isinstance(each, ParseError) for each in found)
        lines.write(*map(lines.message, found))
    return refused


def _truncated(line: bytes) -> ParseError:
    return ParseError("the line is too long", TRUNCATED, 0, "truncated", line.decode(errors="replace"))
