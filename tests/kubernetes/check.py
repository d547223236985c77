"""Checks rendered manifests: by the schemas of several Kubernetes versions, and against each other.

usage: check.py DIRECTORY

DIRECTORY has one file a kustomization. What they hold is written beside each as JSON, for tests that do not read YAML.
"""

import json
import re
import sys
from pathlib import Path

import kubernetes_validate
import yaml

VERSIONS = ["1.34.0", "1.35.0", "1.36.0", "1.37.0"]

# What an aggregator takes a context beside its text, and the flush's queue with all else, by tests/bench/record/memory.md.
CONTEXT = 96
REST = 96 << 20


def one(objects, kind):
    """The only object of this kind."""
    (found,) = (found for found in objects if found["kind"] == kind)
    return found


def quantity(text):
    """Bytes of a quantity such as 512Mi."""
    number, unit = re.fullmatch(r"(\d+)(Ki|Mi|Gi)", text).groups()
    return int(number) << {"Ki": 10, "Mi": 20, "Gi": 30}[unit]


def check_pod(where, pod):
    """What every pod of ours is held to."""
    (container,) = pod["containers"]
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"], where
    assert security["capabilities"]["drop"] == ["ALL"], where
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", where
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), where
    assert "memory" in container["resources"]["limits"], where
    assert re.fullmatch(r"(example\.com/)?basenji:\d+\.\d+\.\d+", container["image"]), where
    mounted = {mount["name"] for mount in container["volumeMounts"]} if "volumeMounts" in container else set()
    assert mounted == {volume["name"] for volume in pod.get("volumes", [])}, where
    return container


def check_daemon(where, objects):
    """The daemon set, its rights and its configuration."""
    daemon = one(objects, "DaemonSet")
    pod = daemon["spec"]["template"]["spec"]
    container = check_pod(where, pod)
    needs_root = where in ("overlay-socket", "older-kubelet")
    assert (container["securityContext"]["runAsUser"] == 0) == needs_root, where
    assert container["securityContext"]["runAsNonRoot"] != needs_root, where
    assert pod.get("hostPID", False) == needs_root, where
    assert pod.get("hostNetwork", False) == (where == "overlay-host-network"), where

    (rule,) = one(objects, "ClusterRole")["rules"]
    older = where == "older-kubelet"
    assert rule == {"apiGroups": [""], "resources": ["nodes/proxy" if older else "nodes/pods"], "verbs": ["get"]}, where
    account = one(objects, "ServiceAccount")["metadata"]
    (subject,) = one(objects, "ClusterRoleBinding")["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}, where
    assert pod["serviceAccountName"] == account["name"], where

    config_map = one(objects, "ConfigMap")
    (volume,) = (volume for volume in pod["volumes"] if volume["name"] == "config")
    assert volume["configMap"]["name"] == config_map["metadata"]["name"], where
    check_memory(where, container, yaml.safe_load(config_map["data"]["datadog.yaml"]))
    variables = {variable["name"]: variable.get("value") for variable in container["env"]}
    (health,) = (port for port in container["ports"] if port["name"] == "health")
    assert variables["DD_HEALTH_PORT"] == str(health["containerPort"]), where
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"]:
        assert container[probe]["httpGet"]["port"] == "health", where


def check_memory(where, container, config):
    """The limit is no less than what the budget comes to: three aggregators, each twice as large while it grows."""
    aggregator = config["aggregate_context_limit"] * CONTEXT + config["basenji_text_limit"] + 8 * config["basenji_cell_limit"]
    most = 3 * 2 * aggregator + REST
    limit = quantity(container["resources"]["limits"]["memory"])
    assert most <= limit, f"{where}: the budget comes to {most >> 20} MiB, the limit is {limit >> 20} MiB"


def check_example(where, objects, daemon):
    """An application finds the daemon of the overlay of the same name."""
    pod = one(objects, "Deployment")["spec"]["template"]["spec"]
    container = check_pod(where, pod)
    variables = {variable["name"]: variable for variable in container["env"]}
    server = one(daemon, "DaemonSet")["spec"]["template"]["spec"]
    said = {variable["name"]: variable.get("value") for variable in server["containers"][0]["env"]}
    if "DD_DOGSTATSD_SOCKET" in variables:
        assert variables["DD_DOGSTATSD_SOCKET"]["value"] == said["DD_DOGSTATSD_SOCKET"], where
        (volume,) = pod["volumes"]
        (mount,) = container["volumeMounts"]
        assert mount["readOnly"] and said["DD_DOGSTATSD_SOCKET"].startswith(mount["mountPath"] + "/"), where
        theirs = {volume["name"]: volume.get("hostPath") for volume in server["volumes"]}
        assert volume["hostPath"] == theirs["socket"], where
    else:
        assert variables["DD_AGENT_HOST"]["valueFrom"]["fieldRef"]["fieldPath"] == "status.hostIP", where
        ports = {port["name"]: port for port in server["containers"][0]["ports"]}
        assert ports["dogstatsd"] == {"name": "dogstatsd", "containerPort": 8125, "hostPort": 8125, "protocol": "UDP"}, where
        assert said["DD_DOGSTATSD_NON_LOCAL_TRAFFIC"] == "true", where


def main():
    directory = Path(sys.argv[1])
    rendered = {path.stem: list(yaml.safe_load_all(path.read_text())) for path in sorted(directory.glob("*.yaml"))}
    assert rendered, "nothing was rendered"
    for where, objects in rendered.items():
        for each in objects:
            for version in VERSIONS:
                kubernetes_validate.validate(each, version, strict=True)
        (directory / f"{where}.json").write_text(json.dumps(objects, indent=1))
        if where.startswith("example-"):
            check_example(where, objects, rendered[where.replace("example", "overlay", 1)])
        else:
            check_daemon(where, objects)
    count = sum(map(len, rendered.values()))
    print(f"{count} objects of {len(rendered)} kustomizations are right for Kubernetes {', '.join(VERSIONS)}")


if __name__ == "__main__":
    main()
