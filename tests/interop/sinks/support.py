"""What every suite of a receiver needs: a daemon, a program in the background, and how answers are compared."""

import contextlib
import math
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 60
GAMMA = 1.015625
BIAS = 1338


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def get(url, **parameters):
    if parameters:
        url += "?" + urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def wait(what, look):
    """Asks again until there is an answer."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            found = look()
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            found, last = None, error
        else:
            last = found
        if found:
            return found
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {PATIENCE} s; last: {last}")
        time.sleep(0.1)


@contextlib.contextmanager
def running(command, **options):
    log = tempfile.TemporaryFile()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


class Daemon:
    """A daemon that ends, with its last flush delivered, at the end of its block."""

    def __init__(self, program, variables, *arguments):
        self.port = free_port(socket.SOCK_DGRAM)
        common = ["--port", str(self.port), "--http", "off", "--bucket-secs", "1", "--no-telemetry", "--format", "off"]
        self.command = [program, *common, *arguments]
        self.variables = {"DD_FORWARDER_STOP_TIMEOUT": "10", **variables}

    def __enter__(self):
        self.child = subprocess.Popen(self.command, env=self.variables, stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.child.stderr:
            said += line
            if "listening" in line:
                return self
        sys.exit(f"the daemon does not listen: {said}")

    def send(self, *lines):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for line in lines:
                out.sendto(line.encode(), ("127.0.0.1", self.port))

    def __exit__(self, *_):
        self.child.terminate()
        self.child.stderr.read()
        assert self.child.wait(30) == 0


def key(value):
    """The key of the Agent's sketch."""
    return round(math.log(value) / math.log(GAMMA)) + BIAS


def index(value):
    """The bucket of schema 6, by Prometheus' count."""
    return math.ceil((key(value) - BIAS) * math.log2(GAMMA) * 64)


def buckets(values):
    counts = {}
    for value in values:
        counts[index(value)] = counts.get(index(value), 0) + 1
    return counts


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found}, expected {expected}")
    print(f"    {what}: equal")


def near(what, found, expected, within):
    error = found / expected - 1
    if abs(error) > within:
        sys.exit(f"{what}: {found} is {error:+.2%} from {expected}")
    print(f"    {what}: {found:.4f}, {error:+.2%}")


VALUES = [0.001, 1, 1, 2, 3, 250, 1e6]


def lines(name):
    """Lines, and what they come to."""
    values = ":".join(map(str, VALUES))
    return [f"{name}.views:2|c|#env:dev", f"{name}.views:3|c|#env:dev", f"{name}.queue:-4.5|g", f"{name}.req:{values}|d|#a.b:c"]


def fleet(program, variables, name, hosts=20, samples=1000, also=None):
    """Daemons with a thousand samples each; all samples, sorted."""
    chance = random.Random(7)
    everything = []
    with contextlib.ExitStack() as stack:
        for host in range(hosts):
            daemon = stack.enter_context(Daemon(program, variables(host), "--tags", f"host:h{host}"))
            values = [chance.lognormvariate(3, 1) for _ in range(samples)]
            for start in range(0, samples, 50):
                daemon.send(f"{name}:{':'.join(map(repr, values[start:start + 50]))}|d")
            everything += values
            if also:
                daemon.send(also)
    return sorted(everything)


def quantile(values, q):
    return values[round(q * (len(values) - 1))]
