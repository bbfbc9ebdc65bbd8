"""A Swarm service's facts, and the way back into a spec that has them again."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from ops.drift.docker.body import revealed
from ops.drift.docker.hiding import Known, texts_inside
from ops.drift.docker.service import plain_texts, service_facts, spec_with
from ops.drift.structs import Value
from tests.parts.drift_engine import digest

SPEC: Mapping[str, Any] = {
    "Name": "web",
    "Labels": {"com.docker.stack.namespace": "shop"},
    "TaskTemplate": {
        "ContainerSpec": {
            "Image": "shop/web:1.4@sha256:" + "a" * 64,
            "Args": ["sh", "-c", "sleep 9"],
            "Env": ["MODE=fast", "PASSWORD=hunter2-is-it"],  # pragma: allowlist secret
            "Labels": {"release": "1"},
            "Mounts": [{"Type": "volume", "Source": "data", "Target": "/data"}],
            "Secrets": [{"SecretName": "key", "SecretID": "s1", "File": {"Name": "key"}}],
            "Isolation": "default",
            "StopGracePeriod": 0,
            "DNSConfig": {"Nameservers": ["10.0.0.1"]},
        },
        "Resources": {"Limits": {"NanoCPUs": 500_000_000, "MemoryBytes": 64}},
        "Placement": {"Constraints": ["node.role==manager"], "Platforms": [{"OS": "linux"}]},
        "RestartPolicy": {"Condition": "any", "MaxAttempts": 0},
        "Networks": [{"Target": "n1"}],
        "ForceUpdate": 3,
    },
    "Mode": {"Replicated": {"Replicas": 2}},
    "EndpointSpec": {"Mode": "vip", "Ports": [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080}]},
}
FACTS: Mapping[str, Value] = {
    "image": "shop/web:1.4", "image_digest": "sha256:" + "a" * 64, "mode": "Replicated", "replicas": 2,
    "labels.com.docker.stack.namespace": "shop", "container_labels.release": "1", "args": ("sh", "-c", "sleep 9"),
    "env.MODE": digest("value", "fast"), "env.PASSWORD": digest("value", "hunter2-is-it"),
    "mounts./data": '{"Source":"data","Type":"volume"}', "secrets": ("key",), "networks": ("shop_back",),
    "limits.cpus": 0.5, "limits.memory_bytes": 64, "constraints": ("node.role==manager",),
    "restart": '{"Condition":"any","MaxAttempts":0}', "ports": ("8080->80/tcp ingress",), "endpoint_mode": "vip",
    "container.StopGracePeriod": 0, "container.DNSConfig": '{"Nameservers":["10.0.0.1"]}',
}  # fmt: skip


def changed(path: str, value: object) -> dict[str, Any]:
    """The spec with another value there."""
    spec = deepcopy(dict(SPEC))
    *way, last = path.split(".")
    inner = spec
    for name in way:
        inner = inner[name]
    inner[last] = value
    return spec


def test_a_spec_is_its_facts_without_how_often_it_was_forced() -> None:
    assert service_facts(SPEC, {"n1": "shop_back"}, digest) == FACTS
    forced = changed("TaskTemplate.ForceUpdate", 9)
    assert service_facts(forced, {"n1": "shop_back"}, digest) == FACTS


@pytest.mark.parametrize(
    ("path", "value", "names"),
    [
        pytest.param("Mode.Replicated.Replicas", 0, ["replicas"], id="as many as were agreed"),
        pytest.param("TaskTemplate.ContainerSpec.Image", "shop/web:1.5", ["image", "image_digest"], id="its image"),
        pytest.param("TaskTemplate.ContainerSpec.Env", ["MODE=slow", "PASSWORD=hunter2-is-it", "NEW=1"],
                     ["env.MODE", "env.NEW"], id="its environment"),
        pytest.param("TaskTemplate.ContainerSpec.Mounts", [], ["mounts./data"], id="its mounts"),
        pytest.param("EndpointSpec.Ports", None, ["ports"], id="its ports"),
        pytest.param("TaskTemplate.Placement.Constraints", ["a==b"], ["constraints"], id="where it may run"),
        pytest.param("TaskTemplate.Resources", {"Limits": {"Pids": 5, "MemoryBytes": 64}},
                     ["limits.cpus", "limits.pids"], id="its limits"),
        pytest.param("Labels", {}, ["labels.com.docker.stack.namespace"], id="its labels"),
        pytest.param("TaskTemplate.RestartPolicy", {"Condition": "none"}, ["restart"], id="when it is begun again"),
        pytest.param("TaskTemplate.ContainerSpec.DNSConfig", {}, ["container.DNSConfig"],
                     id="what no table knows of its containers"),
        pytest.param("TaskTemplate.ContainerSpec.StopGracePeriod", 5, ["container.StopGracePeriod"],
                     id="how long they are given to end, which may be no time at all"),
    ],
)  # fmt: skip
def test_a_spec_gets_its_facts_again(path: str, value: object, names: list[str]) -> None:
    other = changed(path, value)
    now = service_facts(other, {"n1": "shop_back"}, digest)
    differing = [name for name in sorted({*now, *FACTS}) if now.get(name) != FACTS.get(name)]
    assert differing == names
    known = Known(digest)
    known.add(texts_inside([*plain_texts(other), "MODE=fast"]))
    found = revealed(FACTS, known)
    assert found.missing == ()
    made = spec_with(other, found.facts, names)
    assert service_facts(made, {"n1": "shop_back"}, digest) == FACTS
    assert made["TaskTemplate"]["ForceUpdate"] == 3
