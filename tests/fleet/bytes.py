"""What a series costs on the wire, for each sink: a flush of real daemons, before a receiver that counts.

usage: bytes.py DAEMON [SERIES]
"""

import http.server
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading

SINKS = {
    "Datadog, zstd": lambda url: {"DD_API_KEY": "a" * 32, "DD_DD_URL": url},
    "remote write, snappy": lambda url: {"DD_BASENJI_REMOTE_WRITE_URL": url},
    "OTLP, gzip": lambda url: {"DD_BASENJI_OTLP_ENDPOINT": url},
    "ClickHouse, zstd": lambda url: {"DD_BASENJI_CLICKHOUSE_URL": url},
}
KINDS = ["count", "gauge", "set of 100", "distribution of 100", "distribution of 1000"]


def lines(kind, number, chance):
    """The lines of one series."""
    tags = f"|#env:prod,service:checkout,version:1.0.2,endpoint:/api/v{number % 9}/items,pod:checkout-{number:05x}"
    name = "http.request.duration"
    if kind == "count":
        return [f"{name}:{chance.randint(1, 1000)}|c{tags}"]
    if kind == "gauge":
        return [f"{name}:{chance.random() * 100:.3f}|g{tags}"]
    if kind.startswith("set"):
        return [f"{name}:user{chance.randrange(10**6)}|s{tags}" for _ in range(100)]
    values = [f"{chance.lognormvariate(3, 1):.4g}" for _ in range(int(kind.split()[-1]))]
    return [f"{name}:{':'.join(values[start:start + 100])}|d{tags}" for start in range(0, len(values), 100)]


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received = 0

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer()

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        Receiver.received += size
        self.answer()

    def answer(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def measure(program, variables, kind, series):
    """Bytes of a flush of so many series."""
    Receiver.received = 0
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")
        command = [program, "--port", "off", "--socket", path, "--http", "off", "--bucket-secs", "3600", "--no-telemetry", "--format", "off"]
        variables = {"DD_HOSTNAME": "web-1", "DD_FORWARDER_STOP_TIMEOUT": "60", **variables}
        child = subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)
        for line in child.stderr:
            if "listening" in line:
                break
        threading.Thread(target=child.stderr.read, daemon=True).start()
        chance = random.Random(7)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            for number in range(series):
                for line in lines(kind, number, chance):
                    out.sendto(line.encode(), path)
        child.terminate()
        if child.wait(120):
            sys.exit("the daemon has failed")
    return Receiver.received


def main():
    program, series = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    print("| bytes a series and flush | " + " | ".join(KINDS) + " |\n|" + " --- |" * (len(KINDS) + 1))
    for name, variables in SINKS.items():
        found = [f"{measure(program, variables(url), kind, series) / series:.0f}" for kind in KINDS]
        print(f"| {name} | " + " | ".join(found) + " |", flush=True)


if __name__ == "__main__":
    main()
