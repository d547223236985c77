"""The `basenji` command: what of the daemon's own program is written in Python.

Standard output carries what was asked for and nothing else; the last words of a failure go to standard error. Exit codes: 0 after a finished
job, a signal or an output that nobody reads any more; 2 for a command line or variable that cannot be; 1 for the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .arguments import Failure, read

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command with these arguments, `sys.argv` without them; the exit code."""
    try:
        options = read(list(sys.argv[1:] if arguments is None else arguments))
        return int(options.run(options))
    except Failure as failure:
        print(f"basenji: {failure}", file=sys.stderr)
        return failure.code
    except BrokenPipeError:
        # Nobody reads any more; nor is the rest to be written at the end of the interpreter.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 0
