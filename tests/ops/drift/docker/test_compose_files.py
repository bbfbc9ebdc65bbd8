"""Compose files as facts: variables, environments, what can't be read, and what `up` would change."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from collectors.drift import DriftConfig
from ops.drift.base import Place
from ops.drift.docker.asked import bytes_of, service_facts, up_would
from ops.drift.docker.compose_file import ComposeError, environment, interpolated, read
from ops.drift.sources.compose import Compose
from ops.drift.structs import Value
from tests.parts.acting import config_of
from tests.parts.drift_engine import digest

SHOP = """
name: Shop
services:
  web:
    image: shop/web:${TAG:-1.0}
    command: serve --port 80 "two words"
    environment: {MODE: fast, DEBUG: false, FROM_OUTSIDE: }
    ports: ["8080:80"]
    restart: unless-stopped
    labels: [a=1, plain]
    mem_limit: 64m
    networks: {back: {aliases: [w]}}
  job:
    extends: {service: web}
  test:
    image: shop/test
    profiles: [test]
"""

LAUGHS = "a: &a [x]\n" + "\n".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghi"))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        pytest.param("a$$b", "a$b", id="two dollars are one"),
        pytest.param("${A}-$A", "1-1", id="both ways to write a variable"),
        pytest.param("${NONE}", "", id="one that is not set is empty"),
        pytest.param("${NONE:-x}${EMPTY:-y}${EMPTY-z}", "xy", id="what holds else, also for an empty one"),
        pytest.param("${A:+set}${NONE:+set}", "set", id="what holds where it is set"),
        pytest.param("${NONE:-${A}}", "1", id="one inside another"),
        pytest.param("$5 ${1x}", "$5 ${1x}", id="what is no name stays"),
    ],
)
def test_variables(text: str, result: str) -> None:
    assert interpolated(text, {"A": "1", "EMPTY": ""}) == result


def test_a_variable_that_must_be_set_is_named_where_it_is_not() -> None:
    with pytest.raises(ComposeError, match="it needs a value for PASSWORD"):
        interpolated("${PASSWORD:?say it}", {})


def test_a_file_is_its_services_without_those_of_a_profile() -> None:
    project = read(SHOP, "/srv/x", {"TAG": "2"})
    assert project.name == "shop"
    assert list(project.services) == ["web"]
    assert list(project.unread) == ["job"]
    assert read("services: {}", "/srv/My Shop!", {}).name == "myshop"
    assert read("services: {}", "/srv/x", {}, "given").name == "given"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: [", "it is no YAML in line", id="no YAML"),
        pytest.param("- a", "it is no compose file", id="a list"),
        pytest.param("services: {a: 1}", "service 'a' is no table", id="a service that is a figure"),
        pytest.param("include: [x.yaml]", "includes other files", id="with other files"),
        pytest.param("services: &a {b: *a}", "itself inside|more than", id="a value inside itself"),
        pytest.param(LAUGHS, "more than 50000 values", id="a billion laughs"),
        pytest.param("x: !!python/object/apply:os.system [reboot]", "it is no YAML", id="code"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ComposeError, match=said):
        read(text, "/srv/x", {})


def test_an_environment_is_of_its_files_and_its_own_which_wins() -> None:
    files = {".env.web": "A=file\nB=file\n"}
    asked = {"env_file": [".env.web", {"path": "none", "required": False}], "environment": ["A=own", "OUT"]}

    def text(path: str) -> str:
        if path not in files:
            raise ComposeError(f"there is no file {path}")
        return files[path]

    assert environment(asked, {"OUT": "x"}, text) == {"A": "own", "B": "file", "OUT": "x"}
    with pytest.raises(ComposeError, match="there is no file none"):
        environment({"env_file": "none"}, {}, text)


def facts() -> dict[str, Value]:
    asked = read(SHOP, "/srv/x", {}).services["web"]
    return service_facts(asked, environment(asked, {"FROM_OUTSIDE": "x"}, str), digest)


def test_facts_of_a_service() -> None:
    assert facts() == {
        "image": "shop/web:1.0", "command": ("serve", "--port", "80", "two words"), "restart": "unless-stopped",
        "env.MODE": digest("value", "fast"), "env.DEBUG": digest("value", "false"),
        "env.FROM_OUTSIDE": digest("value", "x"), "ports": ("8080:80",), "labels.a": "1", "labels.plain": "",
        "limits.memory_bytes": 64 * 2**20, "networks": ("back",), "replicas": 1,
    }  # fmt: skip


LIVE: Mapping[str, Value] = {
    "image": "shop/web:1.0", "command": ("serve", "--port", "80", "two words"), "restart": "unless-stopped",
    "env.MODE": digest("value", "fast"), "env.DEBUG": digest("value", "false"), "env.PATH": "of the image",
    "env.FROM_OUTSIDE": digest("value", "x"), "ports": (":8080->80/tcp",), "labels.a": "1", "labels.plain": "",
    "limits.memory_bytes": 64 * 2**20, "state": "running",
}  # fmt: skip


@pytest.mark.parametrize(
    ("running", "would"),
    [
        pytest.param([LIVE], "nothing", id="what the file does not speak of is not compared"),
        pytest.param([], "create 1", id="none runs"),
        pytest.param([LIVE, LIVE], "remove 1", id="one too many"),
        pytest.param([{**LIVE, "image": "shop/web:0.9"}], "recreate: image", id="another image"),
        pytest.param([{**LIVE, "env.MODE": digest("value", "slow"), "ports": ()}], "recreate: env.MODE, ports",
                     id="another value, and a port less"),
        pytest.param([{**LIVE, "state": "stopped"}], "start 1", id="one that was stopped"),
    ],
)  # fmt: skip
def test_what_up_would_change(running: Sequence[Mapping[str, Value]], would: str) -> None:
    assert up_would(facts(), running) == would


@pytest.mark.parametrize(
    ("text", "size"), [("64m", 64 * 2**20), ("1gb", 2**30), ("512", 512), ("1.5g", 3 * 2**29), ("much", "much")]
)
def test_sizes(text: str, size: Value) -> None:
    assert bytes_of(text) == size


async def captured(folder: Path) -> Mapping[str, object]:
    config = config_of("[watchfloor]\n", file=str(folder / "watchfloor.toml"))
    place = Place(config=config, drift=DriftConfig(name="here", compose=("compose.yaml",)), digest=digest)
    items = await Compose().capture(place)
    return {item.name.removeprefix(str(folder)): item.unreadable or item.facts for item in items}


async def test_files_are_read_beside_the_config_with_their_variables(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {image: 'shop:${TAG}'}, bad: {env_file: none}}")
    (tmp_path / ".env").write_text("TAG=7\n")
    found = await captured(tmp_path)
    assert list(found) == ["/compose.yaml/web", "/compose.yaml/bad"]
    assert found["/compose.yaml/web"] == {"up_would": "what runs is not known: no [[docker]] is configured"}
    assert found["/compose.yaml/bad"] == {"": f"there is no file {tmp_path}/none"}
    (tmp_path / "compose.override.yaml").write_text("")
    assert "compose.override.yaml beside it changes it" in str((await captured(tmp_path))["/compose.yaml"])
    (tmp_path / "compose.yaml").unlink()
    (tmp_path / "compose.override.yaml").unlink()
    assert "there is no file" in str((await captured(tmp_path))["/compose.yaml"])
