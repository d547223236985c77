"""Checks rendered manifests: by the schemas of several Kubernetes versions, and against each other.

usage: check.py DIRECTORY POD_MONITORS

DIRECTORY has one file a kustomization. POD_MONITORS is the definition of the kind PodMonitor, as its operator has it. What they hold is written beside each as JSON, for tests that do not read YAML.
"""

import json
import re
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

VERSIONS = ["1.34.0", "1.35.0", "1.36.0", "1.37.0"]


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
    needs_root = where in ("overlay-socket", "older-kubelet", "datadog", "prometheus", "collector")
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
    if where == "datadog":
        check_datadog(where, pod, container)
    if where == "prometheus":
        check_prometheus(where, objects, daemon["spec"]["template"], container)
    if where == "collector":
        names = list(variables)
        assert variables["DD_BASENJI_OTLP_ENDPOINT"] == "http://$(NODE_IP):4318", where
        assert names.index("NODE_IP") < names.index("DD_BASENJI_OTLP_ENDPOINT"), f"{where}: a variable refers to those before it"
    (health,) = (port for port in container["ports"] if port["name"] == "health")
    assert variables["DD_HEALTH_PORT"] == str(health["containerPort"]), where
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"]:
        assert container[probe]["httpGet"]["port"] == "health", where


def check_datadog(where, pod, container):
    """The key comes from a secret, and what waits has room in a volume of the pod."""
    variables = {variable["name"]: variable for variable in container["env"]}
    assert variables["DD_API_KEY"].keys() == {"name", "valueFrom"} and variables["DD_API_KEY"]["valueFrom"]["secretKeyRef"], where
    assert variables["DD_HOSTNAME"]["valueFrom"]["fieldRef"]["fieldPath"] == "spec.nodeName", where
    (mount,) = (mount for mount in container["volumeMounts"] if mount["mountPath"] == variables["DD_FORWARDER_STORAGE_PATH"]["value"])
    (volume,) = (volume for volume in pod["volumes"] if volume["name"] == mount["name"])
    # The part of it that the daemon takes, by forwarder_storage_max_disk_ratio.
    assert int(variables["DD_FORWARDER_STORAGE_MAX_SIZE_IN_BYTES"]["value"]) <= 0.8 * quantity(volume["emptyDir"]["sizeLimit"]), where


def check_prometheus(where, objects, template, container):
    """Annotations and the pod monitor name the page where the daemon serves it."""
    variables = {variable["name"]: variable.get("value") for variable in container["env"]}
    (port,) = (port for port in container["ports"] if port["name"] == "prometheus")
    assert variables["DD_BASENJI_PROMETHEUS"] == f"0.0.0.0:{port['containerPort']}", where
    annotations = template["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(port["containerPort"]) and annotations["prometheus.io/scrape"] == "true", where
    monitor = one(objects, "PodMonitor")["spec"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert endpoint["port"] == "prometheus" and endpoint["path"] == annotations["prometheus.io/path"], where
    assert monitor["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items(), where


def check_memory(where, container, config):
    """The budget is said, and there is a limit; agent/tests/memory.rs holds it to what the settings come to."""
    assert {"aggregate_context_limit", "basenji_context_bytes", "basenji_cells"} <= config.keys(), where
    assert quantity(container["resources"]["limits"]["memory"]) >= 512 << 20, where


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


def strict(schema):
    """The schema without fields that it does not know."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    return schema


def operators_schema(definition, version):
    """What the operator takes as this version of the kind."""
    spec = yaml.safe_load(Path(definition).read_text())["spec"]
    (found,) = (found for found in spec["versions"] if f"{spec['group']}/{found['name']}" == version)
    schema = found["schema"]["openAPIV3Schema"]
    # The API server knows these fields of every object.
    schema["properties"].pop("metadata")
    return strict(schema)


def main():
    directory = Path(sys.argv[1])
    rendered = {path.stem: list(yaml.safe_load_all(path.read_text())) for path in sorted(directory.glob("*.yaml"))}
    assert rendered, "nothing was rendered"
    for where, objects in rendered.items():
        for each in objects:
            if each["apiVersion"].startswith("monitoring.coreos.com/"):
                # The operator's, whose schema is not one of Kubernetes.
                assert each["kind"] == "PodMonitor", where
                plain = {key: value for key, value in each.items() if key != "metadata"}
                jsonschema.validate(plain, operators_schema(sys.argv[2], each["apiVersion"]))
                continue
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
