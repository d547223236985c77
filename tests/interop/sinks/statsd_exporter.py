"""The daemon beside statsd_exporter: the same mapping files and lines to both, and the pages that they come to."""

import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

from support import Daemon, free_port, get, running, wait

# What a mapping file and a name are made of.
WORDS = ["shop", "api", "job", "size", "a-b", "x_y"]


def mapping(chance):
    """A mapping file, as YAML in JSON."""
    mappings = []
    for number in range(chance.randint(1, 6)):
        one = {"name": f"m{number}"}
        if chance.random() < 0.7:
            parts = [chance.choice(WORDS[:4] + ["*", "*"]) for _ in range(chance.randint(1, 3))]
            one["match"] = ".".join(parts)
            # statsd_exporter 0.31 never matches a glob that is the beginning of an earlier one; the daemon does.
            if any(other["match"].startswith(one["match"]) for other in mappings if "match_type" not in other):
                continue
            groups = parts.count("*")
        else:
            part = chance.choice([r"(\\w+)", r"([a-z]+)\\.(.*)", "^shop", r"size$", r"(x|api)\\.(\\w+)"]).replace("\\\\", "\\")
            one |= {"match": part, "match_type": "regex"}
            groups = part.count("(")
        if groups and chance.random() < 0.6:
            one["labels"] = {"first": "$1", "both": "${1}-$" + str(groups)}
            one["honor_labels"] = chance.random() < 0.5
        if groups and chance.random() < 0.3:
            one["name"] += "_${1}"
        if chance.random() < 0.2:
            one["action"] = "drop"
        if chance.random() < 0.3:
            one["match_metric_type"] = chance.choice(["counter", "gauge", "observer"])
        if chance.random() < 0.3:
            one["scale"] = chance.choice([0.5, 10])
        if chance.random() < 0.4:
            one["observer_type"] = chance.choice(["summary", "histogram"])
        mappings.append(one)
    # Without an order statsd_exporter gives up on a name halfway, as the importer says; that is not compared.
    defaults = {"observer_type": chance.choice(["summary", "histogram"])}
    return {"defaults": defaults, "mappings": mappings}


def traffic(chance):
    """Lines, each name with one type."""
    for number in range(40):
        name = ".".join(chance.choice(WORDS) for _ in range(chance.randint(1, 4)))
        kind = chance.choice(["c", "g", "ms", "h", "d"])
        tags = chance.choice(["", "|#env:dev", "|#first:own,env:dev"])
        yield f"{kind}{name}.{kind}{number}:{chance.choice([1, 2, 30])}|{kind}{tags}"[len(kind):]


def samples(page):
    """Samples by name and labels, without what belongs to the programs and without quantiles."""
    found = {}
    for line in page.splitlines():
        if line.startswith(("#", "statsd_", "go_", "process_", "promhttp_", "basenji_")):
            continue
        name, value = line.rsplit(" ", 1)
        name, _, labels = name.partition("{")
        labels = sorted(label for label in re.findall(r'(\w+)="((?:[^"\\\\]|\\\\.)*)"', labels) if label[1])
        if any(label == "quantile" for label, _ in labels):
            continue
        labels = [(label, str(float(text)) if label == "le" else text) for label, text in labels]
        found[name, tuple(labels)] = float(value)
    return found


# What `observer_type` was called: statsd_exporter 0.31 refuses a file with it, the importer takes either.
TIMER_TYPE = "timer_type"

EXAMPLES = [
    # Airflow's, Envoy's and others' names, in mappings as their users have them.
    ({"mappings": [
        {"match": "airflow.dag.*.*.duration", "name": "airflow_task_duration", "labels": {"dag_id": "$1", "task_id": "$2"}},
        {"match": r"airflow\.(.*)_start", "match_type": "regex", "name": "airflow_start", "labels": {"job_name": "$1"}},
        {"match": "airflow.pool.*.*", "name": "airflow_pool_${2}", "labels": {"pool": "$1"}},
    ]}, ["airflow.dag.etl.load.duration:2500|ms", "airflow.scheduler_start:1|c", "airflow.pool.main.open_slots:16|g"]),
    ({"mappings": [
        {"match": r"cluster\.(\w+)\.upstream_rq_(\d)xx", "match_type": "regex", "name": "envoy_upstream_rq",
         "labels": {"cluster": "$1", "code_class": "${2}xx"}},
        {"match": "http.*.downstream_rq_time", "name": "envoy_downstream_rq_time", "observer_type": "histogram",
         "histogram_options": {"buckets": [0.01, 0.1, 1]}, "labels": {"listener": "$1"}},
    ]}, ["cluster.web.upstream_rq_2xx:5|c", "cluster.web.upstream_rq_5xx:1|c", "http.ingress.downstream_rq_time:42|ms"]),
    ({"mappings": [
        {"match": "test.dispatcher.*.*.*", "name": "dispatcher_events_total",
         "labels": {"processor": "$1", "action": "$2", "outcome": "$3", "job": "test_dispatcher"}},
        {"match": "*.signup.*.*", "name": "signup_events_total",
         "labels": {"provider": "$2", "outcome": "$3", "job": "${1}_server"}},
    ]}, ["test.dispatcher.FooProcessor.send.succeeded:1|c", "foo_product.signup.facebook.failure:3|c", "test.web-server.foo.bar:1|g"]),
    # The shape of what Envoy's service of rate limits comes with: an outcome behind two or three stars, an old key, rules
    # for counters alone, one of them twice, and a last rule that drops the rest.
    ({"mappings": [
        *({"match": f"gate.service.quota{'.*' * stars}.{outcome}", "name": f"gate_service_quota_{outcome}", TIMER_TYPE: "histogram",
           "labels": {"domain": "$1"} | {f"key{star}": f"${star + 1}" for star in range(1, stars)}}
          for stars in (2, 3) for outcome in ("near_limit", "over_limit", "total_hits", "within_limit")),
        {"match": "gate.service.call.should_limit.*", "name": "gate_service_call_error", "match_metric_type": "counter",
         "labels": {"err_type": "$1"}},
        *({"match": f"gate.service.config_{outcome}", "name": f"gate_service_config_{outcome}", "match_metric_type": "counter"}
          for outcome in ("loaded", "failed", "failed")),
        {"match": ".", "match_type": "regex", "action": "drop", "name": "dropped"},
    ]}, [
        *(f"gate.service.quota.{keys}.{outcome}:{number}|c"
          for keys in ("shop", "shop.user", "shop.user.path_users", "shop.user.path.more", "other.user_1")
          for number, outcome in enumerate(("near_limit", "over_limit", "total_hits", "within_limit", "unknown"), 1)),
        "gate.service.quota.shop.user.total_hits:4|c|#env:dev", "gate.service.quota.waits.user.near_limit:250|ms",
        "gate.service.quota.waits.user.path.near_limit:20|h", "gate.service.quota.depth.user.over_limit:7|g",
        "gate.service.call.should_limit.redis:2|c", "gate.service.call.should_limit.length:3|g", "gate.service.call.should_limit:1|c",
        "gate.service.config_loaded:1|c", "gate.service.config_failed:1|c", "gate.service.config_loaded:5|ms", "gate.go.heap:9|g",
    ]),
]


def lines_for(text):
    """Lines for each rule of a mapping file: names that it takes and names that it nearly takes, each with one type."""
    chance = random.Random(7)
    for found in re.findall(r"""^[ -]*match:\s*["']?([^"'\n]+)["']?""", text, re.M):
        # Groups of regular expressions are of any letters; all else in them stands for itself, or nearly.
        pattern = re.sub(r"\([^()]*\)", "*", found).replace("\\", "").strip("^$")
        # Rules for one name end alike, and a name has one type.
        kind = ("c", "g", "ms")[sum(pattern.rsplit(".", 1)[-1].encode()) % 3]
        for _ in range(3):
            name = re.sub(r"\*", lambda _: chance.choice(WORDS), pattern)
            yield f"{name}:{chance.choice([1, 2, 30])}|{kind}"
        yield f"near.{name}:1|{kind}"
        yield f"{name}.near:1|{kind}"


def compare(program, receiver, directory, rules, lines):
    """Both programs with the same mapping file, its text or what it holds, and lines; how many samples they have in common."""
    theirs, imports, ours = (os.path.join(directory, name) for name in ("mapping.yml", "import.yml", "basenji.yaml"))
    text = rules if isinstance(rules, str) else json.dumps(rules)
    for file, content in ((theirs, text.replace(TIMER_TYPE, "observer_type")), (imports, text)):
        with open(file, "w") as out:
            out.write(content)
    with open(ours, "w") as out:
        imported = subprocess.run([program, "import", "statsd-exporter", imports], stdout=out, stderr=subprocess.PIPE, text=True)
    if imported.returncode:
        sys.exit(f"{rules}: {imported.stderr}")
    web, udp, page = free_port(), free_port(socket.SOCK_DGRAM), free_port()
    command = [receiver, f"--statsd.mapping-config={theirs}", f"--web.listen-address=127.0.0.1:{web}"]
    command += [f"--statsd.listen-udp=127.0.0.1:{udp}", "--statsd.listen-tcp=", "--statsd.listen-unixgram="]
    variables = {"DD_BASENJI_PROMETHEUS": f"127.0.0.1:{page}"}
    with running(command), Daemon(program, variables, "--config", ours) as daemon:
        wait("statsd_exporter", lambda: get(f"http://127.0.0.1:{web}/metrics"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for line in lines:
                out.sendto(line.encode(), ("127.0.0.1", udp))
                daemon.send(line)

        def read(port):
            return samples(get(f"http://127.0.0.1:{port}/metrics"))

        # A mapping file may leave nothing, so that only what is equal twice is the end.
        deadline, equal = time.monotonic() + 10, 0
        while equal < 2 and time.monotonic() < deadline:
            time.sleep(0.6)
            expected, found = read(web), read(page)
            equal = equal + 1 if expected == found else 0
    for sample in expected.keys() | found.keys():
        one, other = expected.get(sample), found.get(sample)
        if one is None or other is None or abs(one - other) > 1e-9 * max(abs(one), 1):
            sys.exit(f"{json.dumps(rules)}\n{lines}\n{sample}: theirs {one}, ours {other}")
    return len(expected)


def statsd_exporter(program, receiver, count=10, *files):
    with tempfile.TemporaryDirectory() as directory:
        for rules, lines in EXAMPLES:
            print(f"    an example: {compare(program, receiver, directory, rules, lines)} samples equal")
        for file in files:
            with open(file) as text:
                rules = text.read()
            lines = list(lines_for(rules))
            print(f"    {os.path.basename(file)}, {len(lines)} lines: {compare(program, receiver, directory, rules, lines)} samples equal")
        chance = random.Random(7)
        total = sum(compare(program, receiver, directory, mapping(chance), list(traffic(chance))) for _ in range(count))
        print(f"    {count} generated mapping files: {total} samples equal")
