"""What every source of facts holds to, on this machine: twice the same, bounded, inert, and nothing of a secret."""

import os
import subprocess
from pathlib import Path

import pytest

from collectors.text import LINE_LIMIT, clean
from ops.config.drifted import settings
from ops.config.structs import Config
from ops.drift.base import ITEMS, Place
from ops.drift.capture import capture
from ops.drift.registry import discover
from ops.drift.salt import digester
from ops.drift.structs import Captured, Difference, Item
from tests.parts.acting import config_of
from tests.parts.drift_world import CANARY

GROUPS = ("docker", "git", "env", "files", "system", "network", "security", "data")
_OFTEN_OTHERWISE = ("listening", "mounts", "users", "kernel")
"""Sources of what other tests change on this machine at the same time."""
_TOML = """
[[docker]]
name = "nowhere"
url = "unix://{folder}/none.sock"
[[swarm]]
name = "nowhere"
url = "unix://{folder}/none.sock"
[[postgres]]
name = "nowhere"
dsn = "postgresql://ann@127.0.0.1:1/shop"
[[redis]]
name = "nowhere"
url = "redis://127.0.0.1:1/0"
[[rabbitmq]]
name = "nowhere"
url = "http://127.0.0.1:1"
[[git]]
name = "nowhere"
path = "{folder}/none"
[[drift]]
name = "here"
files = ["{folder}/**"]
env_files = ["{folder}/*.env"]
environment = ["WF_*", "PATH"]
certificates = ["{folder}/*.pem"]
compose = ["{folder}/compose.yaml"]
git = ["{folder}/shop"]
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Hostile and secret things of each kind; servers that are not there."""
    monkeypatch.setenv("WF_TOKEN", CANARY)
    (tmp_path / "a.env").write_text(f"TOKEN={CANARY}\nexport X='{CANARY} y'\n")
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{image: a, environment: {{TOKEN: {CANARY}}}}}}}\n")
    (tmp_path / "none.pem").write_bytes(b"\x00none")
    (tmp_path / os.fsdecode(b"od\xffd\n\x1b[2Jname\xe2\x80\xae")).write_text(f"password = {CANARY}\n")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    subprocess.run(["git", "init", "-q", tmp_path / "shop"], check=True)
    return config_of(_TOML.format(folder=tmp_path), file=str(tmp_path / "floor.toml"))


async def captured(config: Config, name: str, folder: Path) -> Captured:
    """What that source gives."""
    place = Place(config=config, drift=settings(config), digest=digester(folder))
    (found,) = await capture({name: discover()[name]}, place)
    return found


def texts(item: Item) -> list[str]:
    """All of it that is one line."""
    values = (value for fact, value in item.facts.items() if fact != "text")
    words = (word for value in values for word in (value if isinstance(value, tuple) else (value,)))
    return [item.name, *item.facts, *item.unreadable, *item.unreadable.values(), *(str(word) for word in words)]


@pytest.mark.parametrize("name", sorted(discover()))
async def test_what_it_gives(name: str, config: Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("state")
    first, second = await captured(config, name, folder), await captured(config, name, folder)
    if name not in _OFTEN_OTHERWISE:
        assert first.items == second.items, "a second capture of the same host is the same"
    assert len(first.items) <= ITEMS
    assert first.items or first.unreadable or first.nothing, "what can't be read is said with its reason"
    assert len({item.name for item in first.items}) == len(first.items), "each name once"
    said = [text for item in first.items for text in texts(item)]
    assert not [text for text in said if CANARY in text or clean(text, len(text) + LINE_LIMIT) != text]


@pytest.mark.parametrize("name", sorted(discover()))
def test_what_it_is_called_and_what_a_person_should_do(name: str) -> None:
    source = discover()[name]
    assert name == source.name == type(source).__module__.rpartition(".")[2]
    assert source.title
    assert source.group in GROUPS
    for kind in ("added", "removed", "changed", "reordered", "unreadable"):
        for fact in ("", "value", "mode"):
            path = f"{name}:local/web-1{'#' if fact else ''}{fact}"
            said = source.by_hand(Difference(path=path, kind=kind))
            assert said.strip() == said != ""
            assert clean(said, LINE_LIMIT) == said
