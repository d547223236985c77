"""The daemon beside a Collector with statsdreceiver: the same lines to both, and what the Collector makes of either.

The Collector hands both on as OTLP in JSON, to a receiver here. What both understand is equal; what they do not is a row of DIFFERENCES.
"""

import http.server
import json
import math
import socket
import tempfile
import threading

import support

CONFIG = """
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}
  statsd:
    endpoint: "127.0.0.1:{statsd}"
    aggregation_interval: 2s
    enable_simple_tags: true
    is_monotonic_counter: true
    timer_histogram_mapping:
      - {{statsd_type: timing, observer_type: histogram, histogram: {{max_size: 160}}}}
      - {{statsd_type: histogram, observer_type: histogram, histogram: {{max_size: 160}}}}
      - {{statsd_type: distribution, observer_type: histogram, histogram: {{max_size: 160}}}}
exporters:
  otlphttp/theirs: {{endpoint: "http://127.0.0.1:{receiver}/theirs", encoding: json, compression: none}}
  otlphttp/ours: {{endpoint: "http://127.0.0.1:{receiver}/ours", encoding: json, compression: none}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    metrics/theirs: {{receivers: [statsd], exporters: [otlphttp/theirs]}}
    metrics/ours: {{receivers: [otlp], exporters: [otlphttp/ours]}}
    logs/ours: {{receivers: [otlp], exporters: [otlphttp/ours]}}
"""

LATENCIES = [0.001, 0.2, 1, 1, 2, 3, 250, 1e6]

# Both understand these alike.
COMMON = [
    "page.views:2|c|#team:a,a.b:c",
    "page.views:3|c|#a.b:c,team:a",
    "page.views:4|c|@0.5|#team:b",
    "queue.len:42.5|g|#word",
    *(f"latency:{value}|d|#team:a" for value in LATENCIES),
]

# Line, what the statsdreceiver makes of it, and what the daemon does: data, summed values by attributes; None for nothing.
DIFFERENCES = [
    ("packed:1:2:3|d", None, {"exponentialHistogram": {(): 3}}, "packed values are refused by the first"),
    ("members:a|s", None, {"gauge": {(): 1}}, "sets are refused by the first"),
    ("_sc|check.up|1|#team:a", None, {"gauge": {(("team", "a"),): 1}}, "service checks are refused by the first"),
    (
        "unified:1|c|#env:dev,service:web",
        {"sum": {(("env", "dev"), ("service", "web")): 1}},
        {"sum": {(("deployment.environment.name", "dev"), ("service.name", "web")): 1}},
        "unified tags are attributes of the resource, by their names there",
    ),
    ("relative:5|g\nrelative:-1|g", {"gauge": {(): 4}}, {"gauge": {(): -1}}, "a sign means a change to the first"),
    ("fraction:0.5|c", {"sum": {(): 0}}, {"sum": {(): 0.5}}, "counts are whole numbers to the first"),
    ("timer:20|h\ntimer:30|h", {"exponentialHistogram": {(): 2}}, {"gauge": {(): None}, "sum": {(): 2}}, "h and ms are the Agent's aggregates, not histograms"),
]


class Received:
    """What has arrived, by the path that it has come to."""

    def __init__(self):
        self.requests = {"theirs": [], "ours": []}
        received = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.requests[self.path.split("/")[1]].append(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def points(self, side):
        """(name, attributes of point and resource, data, scope, metric, point) of each point."""
        for request in list(self.requests[side]):
            for resource in request.get("resourceMetrics", []):
                own = attributes(resource.get("resource", {}))
                for scope in resource["scopeMetrics"]:
                    for metric in scope["metrics"]:
                        data = next(key for key in ("sum", "gauge", "exponentialHistogram", "summary") if key in metric)
                        for point in metric[data]["dataPoints"]:
                            labels = tuple(sorted((own | attributes(point)).items()))
                            yield metric["name"], labels, data, metric[data], point

    def values(self, side, name):
        """By data and attributes: sums of counts, last values of gauges, counts of histograms."""
        found = {}
        for metric, labels, data, _, point in self.points(side):
            if metric == name:
                of = found.setdefault(data, {})
                value = number(point)
                of[labels] = value if data == "gauge" else of.get(labels, 0) + value
        return found


def attributes(holder):
    return {pair["key"]: pair["value"].get("stringValue", "") for pair in holder.get("attributes", [])}


def number(point):
    if "count" in point:
        return int(point["count"])
    return float(point.get("asDouble", point.get("asInt", 0)))


def quantile(points, q):
    """Of exponential histograms without zeros and negative values, by the middle of the bucket in which the sample lies."""
    buckets = {}
    for point in points:
        base = 2 ** (2 ** -int(point.get("scale", 0)))
        positive = point["positive"]
        for place, count in enumerate(positive["bucketCounts"]):
            middle = base ** (int(positive.get("offset", 0)) + place + 0.5)
            buckets[middle] = buckets.get(middle, 0) + int(count)
    rank = q * (sum(buckets.values()) - 1)
    for middle in sorted(buckets):
        rank -= buckets[middle]
        if rank < 0:
            return middle
    return max(buckets)


def collector(program, receiver):
    received = Received()
    otlp, statsd = support.free_port(), support.free_port(socket.SOCK_DGRAM)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        config.write(CONFIG.format(otlp=otlp, statsd=statsd, receiver=received.port))
        config.flush()
        variables = {"DD_BASENJI_OTLP_ENDPOINT": f"http://127.0.0.1:{otlp}"}
        with support.running([receiver, "--config", config.name]):
            support.wait("the Collector", lambda: socket.create_connection(("127.0.0.1", otlp), 1).close() or True)
            with support.Daemon(program, variables) as daemon, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                for line in COMMON + [line for line, *_ in DIFFERENCES]:
                    out.sendto(line.encode(), ("127.0.0.1", statsd))
                    daemon.send(line)
                # A count beyond all others says that everything before it has arrived.
                out.sendto(b"the.end:1|c", ("127.0.0.1", statsd))
                daemon.send("the.end:1|c")
                for side in ("theirs", "ours"):
                    support.wait(f"the lines, {side}", lambda: received.values(side, "the.end"))
            check(received)


def check(received):
    for name in ("page.views", "queue.len", "latency"):
        support.same(name, received.values("ours", name), received.values("theirs", name))
    histograms = {}
    for side in ("theirs", "ours"):
        histograms[side] = [point for name, _, _, _, point in received.points(side) if name == "latency"]
    for field, join in (("sum", math.fsum), ("min", min), ("max", max)):
        theirs, ours = (join(point[field] for point in histograms[side]) for side in ("theirs", "ours"))
        support.near(f"latency, {field}", ours, theirs, 1e-12)
    for q in (0.25, 0.5, 0.9):
        exact = sorted(LATENCIES)[math.floor(q * (len(LATENCIES) - 1))]
        support.near(f"latency, quantile {q}", quantile(histograms["ours"], q), exact, 0.0134)
        print(f"        theirs: {quantile(histograms['theirs'], q) / exact - 1:+.2%}")
    monotonic = {side: {metric.get("isMonotonic") for _, _, data, metric, _ in received.points(side) if data == "sum"} for side in ("theirs", "ours")}
    support.same("counts only grow", monotonic["ours"], monotonic["theirs"])
    print("    where they differ:")
    for line, theirs, ours, why in DIFFERENCES:
        name = line.split("|")[1] if line.startswith("_sc") else line.split(":")[0]
        names = {"theirs": [name], "ours": [name]}
        if name == "timer":
            names["ours"] = ["timer.max", "timer.count"]
        for side, expected in (("theirs", theirs), ("ours", ours)):
            found = {}
            for each in names[side]:
                found |= received.values(side, each)
            for data, of in (expected or {}).items():
                for labels, value in of.items():
                    if value is None and labels in found.get(data, {}):
                        found[data][labels] = None
            if found != (expected or {}):
                raise SystemExit(f"{line}, {side}: {found}, expected {expected}")
        print(f"        {line!r}: {why}")
