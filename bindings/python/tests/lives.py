"""Lives of a process that a client lives in: threads that call, forks, listeners that are absent, vanish or never read, and an end.

``python tests/lives.py COUNT [INTERPRETER]...`` lives so many random ones with each interpreter and says which ended badly, or whose sums (`sums.py`) do not add
up; ``forks COUNT`` forks so often in each mode, beside each socket, in each way; ``ends COUNT`` ends so many interpreters in each mode. The tests live a few of each
kind. It says its seed first, and of each life that ended badly its choices.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sums

MODES = ("default", "buffered", "aggregated", "background", "fast", "client")
STATES = ("there", "absent", "full", "refusing")
FORKS = ("none", "fork", "spawn", "c")

#: No life may take longer, in seconds: the busiest has four of work, and an end of two.
LONGEST = 20

PROGRAM = '''
import ctypes, logging, os, signal, socket, subprocess, sys, threading, time, warnings
warnings.simplefilter("ignore")
mode, state, forks, times, seconds, logs, signals, end, path = sys.argv[1:]
times, seconds = int(times), float(seconds)
keep = []
if state != "absent":
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    keep.append(listener)
if state == "there":
    def drain():
        while True:
            listener.recv(65536)
    threading.Thread(target=drain, daemon=True).start()
if state == "refusing":
    listener.close()
import basenji
if logs == "1":
    import logging
    class Counting(logging.Handler):
        def emit(self, record):
            statsd.increment("lines")
    logging.getLogger().addHandler(Counting())
    logging.getLogger().setLevel(logging.DEBUG)
options = dict(socket_path=path, origin_detection_enabled=False, telemetry_min_flush_interval=0)
made = {
    "default": lambda: basenji.DogStatsd(**options),
    "buffered": lambda: basenji.DogStatsd(disable_buffering=False, flush_interval=0.01, socket_timeout=None, **options),
    "aggregated": lambda: basenji.DogStatsd(disable_aggregation=False, flush_interval=0.01, socket_timeout=None, max_metric_samples_per_context=3, **options),
    "background": lambda: basenji.DogStatsd(disable_background_sender=False, sender_queue_size=100, socket_timeout=None, **options),
    "fast": lambda: basenji.DogStatsd(profile="fast", **options),
    "client": lambda: basenji.Client("unix://" + path, flush_interval=0.01),
}
statsd = made[mode]()
class Odd:
    """Converted by Python code, within our calls."""
    def __str__(self): return "1.5"
    def __float__(self): return 1.5
    def __del__(self): statsd.increment("finalizer")
sketch, aggregator = basenji.Sketch(), basenji.Aggregator()
if signals == "1":
    # It may have to wait for a handler that another thread is in, which counts.
    def handle(*_):
        statsd.increment("signal")
        logging.getLogger("program").warning("a signal")
    signal.signal(signal.SIGPROF, handle)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.0013)
def busy():
    n = 0
    while True:
        n += 1
        statsd.increment("n", tags=["a:1"])
        statsd.gauge("g", Odd())
        statsd.count("m", n, tags=(tag for tag in ["a:1", f"b:{n % 9}"]))
        statsd.histogram("h", n, sample_rate=0.5)
        statsd.event("title", "text")
        statsd.service_check("check", 0)
        try:
            statsd.increment(5)
        except TypeError:
            pass
        sketch.add([Odd(), 2])
        aggregator.count("x")
        if logs == "1" and n % 4 == 0:
            logging.getLogger("program").info("a line")
        if n % 16 == 0:
            getattr(statsd, "flush_aggregated_metrics", statsd.flush)() if state != "full" else None
        try:
            basenji.parse("no message")
        except basenji.ParseError:
            pass
        if forks != "none":
            time.sleep(0.0003)
# Beside threads of Python that hold and give the interpreter's lock, a fork in C makes a child in which Python itself may hang.
threads = [threading.Thread(target=busy, daemon=True) for _ in range(0 if forks == "c" else 4)]
for thread in threads:
    thread.start()
for n in range(times):
    if forks == "c":
        statsd.increment("n")
    if forks == "spawn":
        # By `vfork` and by `posix_spawn`.
        if n % 2:
            subprocess.run(["/bin/true"], check=True)
        elif os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)[1]:
            os._exit(9)
        continue
    pid = os.fork() if forks == "fork" else ctypes.PyDLL(None).fork()
    if pid == 0:
        signal.alarm(10)
        statsd.increment("child")
        if mode != "aggregated" or state != "full":
            # Such a client waits for a reader, as it was told.
            statsd.event("title", "text")
        if n % 4 == 0 and logs == "1":
            logging.getLogger("child").warning("it lives")
        if n % 8 == 0 and forks == "fork" and state != "full":
            statsd.flush()
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if status:
        print(f"child {n} ended with {status}", flush=True)
        os._exit(9)
if forks == "none":
    time.sleep(seconds)
signal.setitimer(signal.ITIMER_PROF, 0)
if end == "vanish" and keep:
    keep.pop().close()
    os.unlink(path)
if end == "stop":
    start = time.monotonic()
    getattr(statsd, "stop", getattr(statsd, "close", None))(0.3)
    if time.monotonic() - start > 2:
        print("stop(0.3) took", time.monotonic() - start, flush=True)
        os._exit(8)
if end == "signal":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
'''


def environment():
    """With where our package is, for interpreters that do not have it."""
    path = os.environ.get("BASENJI_LIVES_PATH")
    return {**os.environ, "PYTHONPATH": path} if path else None


def live(mode, state, forks="none", times=0, seconds=0.1, logs=True, signals=False, end="return", interpreter=sys.executable, longest=LONGEST):
    """Lives a life; None if it ended well within `longest` seconds, or else what happened."""
    with tempfile.TemporaryDirectory() as directory:
        program = [interpreter, "-c", PROGRAM, mode, state, forks, times, seconds, int(logs), int(signals), end, Path(directory) / "d.sock"]
        started = time.monotonic()
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        process = subprocess.Popen([str(part) for part in program], env=environment(), **options)
        try:
            told = process.communicate(timeout=longest)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"it did not end within {longest} seconds: {process.communicate()[0][-2000:]}"
        took = time.monotonic() - started
    if process.returncode:
        return f"it ended with {process.returncode} after {took:.1f} s: {told[-2000:]}"
    return None


def random_life(choices, mode):
    """The choices of a life beside threads that no end waits for."""
    life = {
        "mode": mode,
        "state": choices.choice(STATES),
        "forks": choices.choice(FORKS),
        "times": choices.randrange(40),
        "seconds": choices.random() / 4,
        "logs": choices.random() < 0.5,
        "signals": choices.random() < 0.3,
        "end": choices.choice(("return", "vanish", "stop", "signal")),
    }
    if life["forks"] == "c":
        # Python's own locks, those of `logging` too, are not made anew in such a child.
        life["logs"] = life["signals"] = False
        if not may_fork_in_c(mode, life["state"]):
            life["forks"] = "fork"
    if life["state"] == "full" and mode in ("buffered", "aggregated"):
        # As it was told, such a client waits for a reader, in a signal handler too.
        life["signals"] = False
    if life["forks"] == "none":
        life["times"] = 0
    return life


def may_fork_in_c(mode, state):
    """Whether no thread of Python, of the client or the reader, may be waiting for the interpreter's lock: then CPython itself may hang in the child."""
    return mode in ("default", "fast", "client") and state != "there"


def random_lives(count, interpreter):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    choices = random.Random(seed)
    for number in range(count):
        mode = choices.choice(MODES)
        if number % 2:
            yield sums.live, (mode, choices.randrange(1 << 32), interpreter, environment())
        else:
            yield live, random_life(choices, mode) | {"interpreter": interpreter}


def all_forks(count, interpreter):
    for forks in FORKS[1:]:
        for mode in MODES:
            for state in STATES:
                if forks != "c" or may_fork_in_c(mode, state):
                    yield live, {"mode": mode, "state": state, "forks": forks, "times": count, "logs": forks != "c", "interpreter": interpreter, "longest": 3 * count}


def all_ends(count, interpreter):
    for number in range(count):
        for mode in MODES:
            yield live, {"mode": mode, "state": "absent", "seconds": 0.02 + number % 10 / 50, "signals": number % 3 == 0, "interpreter": interpreter}


def main(*arguments):
    kinds = {"forks": all_forks, "ends": all_ends}
    kind = kinds.get(arguments[0], random_lives)
    count, *interpreters = arguments[kind is not random_lives :]
    bad = lived = 0
    with ThreadPoolExecutor(4) as pool:
        for interpreter in interpreters or (sys.executable,):

            def problem(life):
                call, what = life
                found = call(*what) if isinstance(what, tuple) else call(**what)
                return f"{interpreter} {what}: {found}" if found else None

            for found in pool.map(problem, kind(int(count), interpreter)):
                lived += 1
                if found:
                    bad += 1
                    print(found, flush=True)
            print(f"{interpreter}: {lived} lives so far, {bad} ended badly", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
