"""Compares a PyTorchJob with the models that Kubeflow's operator and Kubernetes generate from their schemas."""

import re

import kubernetes.client.models
import yaml
from kubeflow.training import models

SIMPLE = {"str": str, "int": int, "bool": bool, "float": (int, float)}
RESTART_POLICIES = {"Always", "OnFailure", "Never", "ExitCode"}


def problems(path):
    """What is wrong with a manifest, a line each."""
    job = yaml.safe_load(path.read_text())
    found = list(differences(job, "KubeflowOrgV1PyTorchJob", ""))
    return found or list(operator_problems(job))


def differences(value, kind, place):
    """Keys that the schema does not know, values of another type and keys that are missing."""
    if match := re.fullmatch(r"list\[(.+)\]", kind):
        if not isinstance(value, list):
            yield f"{place}: expected a list, found {value!r}"
            return
        for index, item in enumerate(value):
            yield from differences(item, match[1], f"{place}[{index}]")
    elif match := re.fullmatch(r"dict\(str, (.+)\)", kind):
        if not isinstance(value, dict):
            yield f"{place}: expected a mapping, found {value!r}"
            return
        for key, item in value.items():
            yield from differences(item, match[1], f"{place}.{key}")
    elif kind in SIMPLE:
        # In Python a truth is a number.
        if not isinstance(value, SIMPLE[kind]) or isinstance(value, bool) != (kind == "bool"):
            yield f"{place}: expected {kind}, found {value!r}"
    elif kind not in {"object", "datetime"}:
        yield from model_differences(value, kind, place)


def model_differences(value, kind, place):
    model = getattr(models, kind, None) or getattr(kubernetes.client.models, kind)
    if not isinstance(value, dict):
        yield f"{place}: expected a mapping, found {value!r}"
        return
    names = {key: name for name, key in model.attribute_map.items()}
    for key, item in value.items():
        if key not in names:
            yield f"{place}.{key}: expected one of {', '.join(sorted(names))}"
        else:
            yield from differences(item, model.openapi_types[names[key]], f"{place}.{key}")
    try:
        # Says which key is missing.
        model(**{names[key]: item for key, item in value.items() if key in names})
    except ValueError as error:
        yield f"{place}: {error}"


def operator_problems(job):
    """What the operator asks for besides."""
    expected = {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob"}
    for key, value in expected.items():
        if job.get(key) != value:
            yield f".{key}: expected {value}, found {job.get(key)}"
    replicas = job["spec"]["pytorchReplicaSpecs"]
    if not {"Master"} <= set(replicas) <= {"Master", "Worker"} or replicas["Master"].get("replicas") != 1:
        yield f".spec.pytorchReplicaSpecs: expected one Master, and Worker, found {', '.join(replicas)}"
    for name, replica in replicas.items():
        place = f".spec.pytorchReplicaSpecs.{name}"
        if replica.get("restartPolicy") not in RESTART_POLICIES:
            yield f"{place}.restartPolicy: expected one of {', '.join(sorted(RESTART_POLICIES))}"
        pod = replica["template"]["spec"]
        containers = pod["containers"]
        if [container["name"] for container in containers] != ["pytorch"]:
            yield f"{place}: expected one container, called pytorch"
        volumes = {volume["name"] for volume in pod.get("volumes", [])}
        mounts = {mount["name"] for container in containers for mount in container.get("volumeMounts", [])}
        if volumes != mounts:
            yield f"{place}: volumes are {sorted(volumes)}, mounted are {sorted(mounts)}"
