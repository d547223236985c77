"""What CPython does alone, without any package: ``python alone.py forks COUNT`` forks in C beside busy threads, ``python alone.py ends COUNT`` ends beside them.

A child of such a fork may hang: a thread that is not in it waits there for the interpreter's lock. 3.10 may end by SIGSEGV: a thread looks at what is freed.
So `lives.py` forks in C only where no thread of Python runs, and an end of 3.10 is compared with these.
"""

import collections
import ctypes
import os
import subprocess
import sys
import threading
import time

BUSY = """
import threading, time, sys
def busy():
    while True:
        [n * n for n in range(20)]
for _ in range(4):
    threading.Thread(target=busy, daemon=True).start()
time.sleep(float(sys.argv[1]))
"""


def busy():
    while True:
        for _ in range(100):
            pass
        time.sleep(0.0003)


def hangs():
    """Whether the child of a fork in C does not end within five seconds."""
    child = ctypes.PyDLL(None).fork()
    if child == 0:
        for _ in range(20):
            time.sleep(0)
        os._exit(0)
    end = time.monotonic() + 5
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > end:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return True
        time.sleep(0.0005)
    return False


def main(kind, count):
    if kind == "ends":
        ends = (subprocess.run([sys.executable, "-c", BUSY, str(0.02 + n % 10 / 50)]).returncode for n in range(int(count)))
        print(sys.version.split()[0], collections.Counter(ends))
        return
    for _ in range(4):
        threading.Thread(target=busy, daemon=True).start()
    print(sys.version.split()[0], sum(hangs() for _ in range(int(count))), "children of", count, "hung")


if __name__ == "__main__":
    main(*sys.argv[1:])
