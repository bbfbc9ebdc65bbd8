"""How grave a difference is: the config first, then rules from data, each of which fits some path."""

import pytest

from ops.config.drifted import source_names
from ops.drift.matching import fits, source_of
from ops.drift.severity import DEFAULT, Severities, built_in
from ops.drift.structs import Difference, Kind, Path, Severity


@pytest.mark.parametrize(
    ("path", "kind", "severity"),
    [
        pytest.param("containers:local/web-1#image", "changed", "critical", id="another image"),
        pytest.param("containers:local/web-1#image_digest", "changed", "critical", id="another build of the image"),
        pytest.param("containers:local/web-1#labels.team", "changed", "info", id="a label"),
        pytest.param("containers:local/web-1#env.DATABASE_URL", "changed", "warning", id="a variable"),
        pytest.param("containers:local/web-1", "removed", "critical", id="a container is gone"),
        pytest.param("containers:local/web-1", "added", "warning", id="a container more"),
        pytest.param(
            "containers:local/web-1#labels.team", "removed", "info", id="a label is gone, the container is not"
        ),
        pytest.param("containers:local/web-1#command", "reordered", "warning", id="words of a command changed places"),
        pytest.param("packages:bash#notes", "reordered", "info", id="only another order"),
        pytest.param(
            "postgres:shop/access_rules#lines", "reordered", "critical", id="who is let in is asked in another order"
        ),
        pytest.param("postgres:shop/role/ada", "added", "critical", id="a role more"),
        pytest.param("postgres:shop/work_mem#value", "changed", "warning", id="a setting"),
        pytest.param("kernel:net.ipv4.ip_forward#value", "changed", "critical", id="it forwards packets now"),
        pytest.param("users:/root/.ssh/authorized_keys#text", "changed", "critical", id="who may log in as root"),
        pytest.param("listening:tcp 0.0.0.0:4444", "added", "critical", id="somebody listens"),
        pytest.param("users:user mallory", "added", "critical", id="another user"),
        pytest.param("images:local/nginx:1.25", "removed", "info", id="an image is not kept any more"),
        pytest.param("containers:*", "unreadable", "warning", id="an engine that does not answer"),
        pytest.param("nothing:known#at.all", "changed", "warning", id="what no rule knows"),
    ],
)
def test_built_in_rules(path: str, kind: Kind, severity: Severity) -> None:
    assert Severities({}).of(Difference(path=path, kind=kind)) == severity


def test_the_first_glob_of_the_config_that_fits_wins_before_the_built_in_ones() -> None:
    own: dict[str, Severity] = {
        "containers:local/web-*#image": "info",
        "containers:*#image": "warning",
        "files:*": "info",
    }
    severities = Severities(own)
    assert severities.of(Difference(path="containers:local/web-1#image", kind="changed")) == "info"
    assert severities.of(Difference(path="containers:local/db#image", kind="changed")) == "warning"
    assert severities.of(Difference(path="containers:local/db#image_digest", kind="changed")) == "critical"
    assert severities.of(Difference(path="files:/etc/x#mode", kind="changed")) == "info"
    assert severities.of(Difference(path="files:/etc/x", kind="unreadable")) == "info"


def test_every_built_in_rule_is_for_a_source_that_there_is() -> None:
    named = {source_of(glob) for rule in built_in() for glob in rule.paths} - {""}
    assert named <= set(source_names())
    assert all(rule.severity != DEFAULT or rule.changes for rule in built_in()), "one that says nothing new is no rule"


@pytest.mark.parametrize(
    ("glob", "path", "meant"),
    [
        pytest.param("files:/etc/*#mode", "files:/etc/ssl/x#mode", True, id="a star goes into folders"),
        pytest.param("files:/etc/x", "files:/etc/x#mode", True, id="an item means its facts"),
        pytest.param("files:/etc/x", "files:/etc/x.bak#mode", False, id="and only its own"),
        pytest.param("files:/etc/x#*", "files:/etc/x", False, id="facts do not mean the item"),
        pytest.param("files", "files:/etc/x#mode", True, id="a source means all of it"),
        pytest.param("files", "env_files:/etc/x", False, id="and only it"),
        pytest.param("*", "files:/etc/x", True, id="all"),
        pytest.param("*#labels.*", "networks:local/a#labels.b", True, id="a fact of any source"),
    ],
)
def test_what_a_glob_means(glob: str, path: str, meant: bool) -> None:
    assert fits(glob, Path.read(path)) is meant
