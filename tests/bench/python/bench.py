"""Calls of `datadog`, `aiodogstatsd` and ours side by side, in one process, over real sockets: CPU time a call and datagrams sent.

Each contender makes the same calls in turns, `ROUNDS` times; the least of the rounds counts, as noise only adds. A call is a statement in a loop,
and what the empty loop costs is taken off.

With `BASENJI_BENCH_README` the README's table of that file is made anew.
"""

import asyncio
import ctypes
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import aiodogstatsd
import datadog.dogstatsd.base

import basenji

ROUNDS = 7
CALLS = 20_000
#: As many as a receiver's buffer holds.
PORTION = 2000
TAGS = ["env:prod", "page:home"]
CALL = "client.increment('page.views', tags=TAGS)"
LINE = b"page.views:1|c|#env:prod,page:home\n"
NATIVE = "#include <sys/socket.h>\nvoid many(int to, const char *line, long length, long times) { while (times-- > 0) send(to, line, length, 0); }\n"


class Receiver:
    """Counts what arrives."""

    def __init__(self, family, address):
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(address)
        self.address = self.socket.getsockname()

    def connected(self):
        sender = socket.socket(self.socket.family, socket.SOCK_DGRAM)
        sender.setblocking(False)
        sender.connect(self.address)
        return sender

    def drain(self):
        """How many datagrams have arrived."""
        self.socket.setblocking(False)
        count = 0
        while True:
            try:
                self.socket.recv(65536)
                count += 1
            except BlockingIOError:
                return count


def native(directory):
    """A function that sends a line many times and does nothing else: what a call costs at least that is a datagram."""
    source, library = Path(directory) / "many.c", Path(directory) / "many.so"
    source.write_text(NATIVE)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", library], check=True)
    many = ctypes.CDLL(str(library)).many
    many.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_long, ctypes.c_long)
    many.restype = None
    return many


def loop(statement, **names):
    """A function that runs a statement many times."""
    exec(f"def run(times):\n for number in range(times):\n  {statement}\n", names)
    return names["run"]


EMPTY = loop("pass")


def measure(receiver, run, settle=lambda: None, empty=EMPTY):
    """CPU nanoseconds a call, of all threads, and datagrams."""
    best, datagrams = float("inf"), 0
    for _ in range(ROUNDS):
        spent, datagrams = 0, 0
        for _ in range(CALLS // PORTION):
            start = time.process_time_ns()
            empty(PORTION)
            middle = time.process_time_ns()
            run(PORTION)
            spent += time.process_time_ns() - middle - (middle - start)
            if run is not EMPTY:
                datagrams += receiver.drain()
        start = time.process_time_ns()
        settle()
        spent += time.process_time_ns() - start
        datagrams += receiver.drain()
        best = min(best, spent / CALLS)
    return best, datagrams


def contenders(receiver, many):
    path = receiver.address if receiver.socket.family == socket.AF_UNIX else None
    to = {"socket_path": path} if path else {"host": "127.0.0.1", "port": receiver.address[1]}
    common = {**to, "origin_detection_enabled": False}
    bare = receiver.connected()
    nothing = lambda times: None  # noqa: E731
    yield "the system's send of the same bytes, from C", lambda times: many(bare.fileno(), LINE, len(LINE), times), lambda: None, nothing
    tried = "try: send(LINE)\n  except BlockingIOError: pass"
    yield "Python's socket.send of the same bytes", loop(tried, send=bare.send, LINE=LINE), lambda: None, EMPTY
    for name, options in {
        "default": {},
        "buffered": {"disable_buffering": False, "flush_interval": 100},
        "aggregated": {"disable_buffering": False, "disable_aggregation": False, "flush_interval": 100},
    }.items():
        for maker, label in ((datadog.dogstatsd.base.DogStatsd, "datadog"), (basenji.DogStatsd, "basenji")):
            client = maker(**common, **options)
            client.wait_for_pending()
            settle = (lambda client=client: (client.flush_aggregated_metrics(), client.flush())) if options else (lambda: None)
            yield f"{label} {name}", loop(CALL, client=client, TAGS=TAGS), settle, EMPTY
    client = basenji.DogStatsd(**common, profile="fast")
    client.increment("page.views")
    yield "basenji fast", loop(CALL, client=client, TAGS=TAGS), client.flush, EMPTY
    literal = "client.increment('page.views', tags=['env:prod', 'page:home'])"
    yield "basenji fast, a list made for each call", loop(literal, client=client), client.flush, EMPTY
    pages = [f"page:{number}" for number in range(1024)]
    other = loop("client.increment('page.views', tags=['env:prod', pages[number & 1023]])", client=client, pages=pages)
    yield "basenji fast, one of 1024 pages", other, client.flush, EMPTY
    made = loop("client.increment('page.views', tags=['env:prod', f'page:{number & 1023}'])", client=client)
    making = loop("['env:prod', f'page:{number & 1023}']")
    yield "basenji fast, a tag made for each call", made, client.flush, making
    yield "basenji fast, gauge", loop("client.gauge('page.size', 1.5, tags=TAGS)", client=client, TAGS=TAGS), client.flush, EMPTY
    yield "basenji fast, distribution", loop("client.distribution('page.time', 1.5, tags=TAGS)", client=client, TAGS=TAGS), client.flush, EMPTY
    yield "basenji handle, inc()", loop("counter.inc()", counter=client.counter("page.views", tags=TAGS)), client.flush, EMPTY
    record = loop("samples.record(1.5)", samples=client.distribution("page.time", tags=TAGS))
    yield "basenji handle, record(1.5)", record, client.flush, EMPTY


def aio(port, receiver):
    async def work():
        async with aiodogstatsd.Client(host="127.0.0.1", port=port) as client:
            best, sent = float("inf"), 0
            for _ in range(ROUNDS):
                start, sent = time.process_time_ns(), 0
                for _ in range(CALLS // PORTION):
                    for _ in range(PORTION):
                        client.increment("page.views", tags={"env": "prod", "page": "home"})
                    while client._queue.qsize() if hasattr(client, "_queue") else False:
                        await asyncio.sleep(0)
                    await asyncio.sleep(0.01)
                    sent += receiver.drain()
                best = min(best, (time.process_time_ns() - start) / CALLS)
            return best, sent

    return asyncio.run(work())


def imports():
    """Milliseconds that importing takes, the least of some."""
    found = {}
    for module in ("basenji", "datadog", "aiodogstatsd"):
        program = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
        run = [sys.executable, "-I", "-c", program]
        found[module] = 1000 * min(float(subprocess.run(run, capture_output=True, text=True, check=True).stdout) for _ in range(9))
        print(f"import {module:39} {found[module]:9.1f} ms")
    return found


def threads(receiver):
    """Calls a second of one and two threads; with a global lock they share one processor."""
    client = basenji.Client(f"udp://127.0.0.1:{receiver.address[1]}", origin_detection=False)
    run = loop(CALL, client=client, TAGS=TAGS)
    for number in (1, 2):
        workers = [threading.Thread(target=run, args=(400_000,)) for _ in range(number)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        million = number * 400_000 / (time.perf_counter() - start) / 1e6
        print(f"basenji Client, {number} thread(s){'':21} {million:9.2f} million calls a second")
    client.close()


def compared(of):
    """What is aimed at, by how many times."""
    best_of_peer = min(of["datadog default"], of["datadog buffered"], of["datadog aggregated"])
    rows = {
        "datadog's default, by how often it costs basenji fast": of["datadog default"] / of["basenji fast"],
        "datadog's best mode, by how often it costs basenji fast": best_of_peer / of["basenji fast"],
        "basenji default, by how often it costs the system's send": of["basenji default"] / of["the system's send of the same bytes, from C"],
        "one of 1024 pages, by how often it costs the same page": of["basenji fast, one of 1024 pages"] / of["basenji fast"],
        "a tag made for each call, by how often it costs the same": of["basenji fast, a tag made for each call"] / of["basenji fast"],
    }
    print()
    for name, times in rows.items():
        print(f"{name:62} {times:6.1f}")


def readme(path, of, milliseconds):
    """Makes the table of the README anew."""
    def row(name, label):
        return f"| {label} | {of[name]:,.0f} ns | {of['datadog default'] / of[name]:,.1f} |"

    table = "\n".join([
        "| `increment(name, tags=[two])` over UDP | CPU time | times cheaper than `datadog`'s default |",
        "| --- | --- | --- |",
        row("datadog default", "`datadog` 0.56, its default: a datagram a call"),
        row("basenji default", "`DogStatsd()`: a datagram a call"),
        row("datadog aggregated", "`datadog`, aggregated and buffered"),
        row("basenji aggregated", "`DogStatsd()`, aggregated and buffered"),
        row("aiodogstatsd", "`aiodogstatsd` 0.16"),
        row("basenji fast", "`profile=\"fast\"`, `Client`"),
        row("basenji handle, inc()", "a handle's `inc()`"),
        "",
        f"`import basenji` takes {milliseconds['basenji']:.1f} ms, `import datadog` {milliseconds['datadog']:.0f} ms.",
    ])  # fmt: skip
    text = Path(path).read_text("utf-8")
    made, count = re.subn(r"(?s)(<!-- table -->\n).*?(\n<!-- end of table -->)", lambda marks: marks[1] + table + marks[2], text)
    if count != 1:
        raise SystemExit(f"{path} has no place for the table")
    Path(path).write_text(made, "utf-8")


def main():
    locked = "with" if getattr(sys, "_is_gil_enabled", lambda: True)() else "without"
    print(f"Python {sys.version.split()[0]}, {locked} the global lock; increment('page.views', tags=[two]), CPU time of all threads\n")
    over_udp = {}
    with tempfile.TemporaryDirectory() as directory:
        many = native(directory)
        for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, str(Path(directory) / "d.sock"))):
            receiver = Receiver(family, address)
            found = {}
            print("UDP" if family == socket.AF_INET else "\nUnix datagram socket (its queue is short: without room the system refuses)")
            for name, run, settle, empty in contenders(receiver, many):
                found[name], datagrams = measure(receiver, run, settle, empty)
                print(f"{name:46} {found[name]:9.1f} ns {datagrams:7} datagrams", flush=True)
            if family == socket.AF_INET:
                found["aiodogstatsd"], datagrams = aio(receiver.address[1], receiver)
                print(f"{'aiodogstatsd':46} {found['aiodogstatsd']:9.1f} ns {datagrams:7} datagrams\n", flush=True)
                threads(receiver)
                compared(found)
                over_udp = found
    print()
    milliseconds = imports()
    path = os.environ.get("BASENJI_BENCH_README")
    if path:
        readme(path, over_udp, milliseconds)


if __name__ == "__main__":
    os.environ.pop("BASENJI_PROFILE", None)
    main()
