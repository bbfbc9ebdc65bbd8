"""The program that captures and compares for the floor: what it is asked, what it says, and that it ends."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import pytest

from ops.config.structs import Config
from ops.drift.child import Asked, asked, tell, told
from tests.parts.drift_desk import NOW, Scene, config_in


@pytest.fixture
def scene(tmp_path: File) -> Scene:
    return Scene(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        pytest.param(["floor.toml"], Asked("floor.toml"), id="a whole detection"),
        pytest.param(["floor.toml", "--path", "a:b"], Asked("floor.toml", path="a:b"), id="one item"),
        pytest.param(["floor.toml", "--younger", "300"], Asked("floor.toml", younger_s=300.0), id="lately is enough"),
    ],
)
def test_what_the_program_is_asked_for(arguments: list[str], wanted: Asked) -> None:
    assert asked(arguments) == wanted


def test_the_floor_is_told_counts_and_the_gravest_differences(scene: Scene) -> None:
    scene.capture()
    scene.files.items["a"] = {"mode": "666"}
    scene.images.items["y"] = {"id": "2"}

    said = told(scene.detect(), scene.config)

    counts = {name: said.facts[name] for name in ("critical", "warning", "info")}
    assert sum(int(str(number)) for number in counts.values()) == 2
    assert said.facts["gravest"] == said.differences[0]["path"]
    assert {str(one["path"]) for one in said.differences} == {"files:a#mode", "images:y"}
    assert all(one["key"] for one in said.differences)


def told_by_program(config: Config, clock: Callable[[], float], **more: Any) -> Any:
    """What the program would write."""
    return asyncio.run(tell(Asked(config.path, **more), clock))


def test_the_program_says_in_a_sentence_why_there_is_nothing(tmp_path: File) -> None:
    config = config_in(tmp_path)
    assert told_by_program(config, lambda: NOW).nothing.startswith("there is no baseline yet")
    File(config.path).write_text("[[drift]]\nname = 1\n")
    assert "name" in told_by_program(config, lambda: NOW).error


HANGS = """
import asyncio, threading
from ops.drift import child

async def tell(asked):
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    return child.Told(nothing="there is no baseline yet")

child.tell = tell
child.main(["floor.toml"])
"""


def test_what_hangs_in_a_thread_of_the_program_does_not_keep_what_it_has_to_say() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], stdout=subprocess.PIPE, timeout=60, check=True)

    assert json.loads(ended.stdout)["nothing"] == "there is no baseline yet"
