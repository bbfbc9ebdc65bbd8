"""What drift costs: a host of 100 containers, 300 images and 2,000 files, and a screen of 5,000 differences.

`python -m tests.bench.drift [--json]`. A real engine, with containers that do not run: what is read of one is the same.
`docker inspect` of all containers, one call of the engine's own client, is measured in the same run.
"""

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.config.drifted import settings
from ops.drift.base import Place
from ops.drift.capture import capture
from ops.drift.findings import FindingsFile
from ops.drift.registry import discover
from ops.drift.salt import digester
from ops.drift.structs import Difference, Findings, Head
from ops.store.places import store_folder
from tests.bench.shown import show
from tests.parts.boards import NOW, board, service
from tests.parts.docker import Box, Engine, make_image
from tests.parts.dockerd import engine_here
from tests.parts.drift_stage import Stage
from tests.parts.drift_things import archive
from tests.parts.floor import floor, text_of, until
from tests.parts.sources import MemorySource
from tui.screens.drift import DriftScreen

CONTAINERS, IMAGES, FILES, DIFFERENCES = 100, 300, 2_000, 5_000
ROUNDS = 5
_LINES = 40
_TICK_S = 0.002
Figures = dict[str, Any]


@contextmanager
def _host(folder: Path) -> Iterator[tuple[Stage, list[str]]]:
    """Everything, made and taken away again."""
    from docker import DockerClient

    socket, started = engine_here()
    client = DockerClient(base_url=f"unix://{socket}", timeout=60)
    box = Box(Engine(socket, client, make_image(client)))
    repository = f"wf-bench/{box.prefix}"
    try:
        _fill(box, repository, folder)
        names = [f"{box.prefix}-{number}" for number in range(CONTAINERS)]
        engine = f'[[docker]]\nname = "local"\nurl = "unix://{socket}"\nonly = ["{box.glob}"]\n'
        said = f'only = ["docker", "files"]\nfiles = ["{folder}/etc/*"]\n'
        yield Stage(folder, f'{engine}[[drift]]\nname = "here"\n{said}', "files"), names
    finally:
        box.remove_all()
        for image in client.images.list(name=repository):
            client.images.remove(str(image.id), force=True)
        client.images.remove(box.engine.image, force=True)
        client.close()
        if started:
            started.remove()


def _fill(box: Box, repository: str, folder: Path) -> None:
    (folder / "etc").mkdir()
    for number in range(FILES):
        (folder / f"etc/{number}.conf").write_text(f"[{number}]\n" + "workers = 4\n" * _LINES)
    api = box.engine.client.api
    environment = {f"NAME_{number}": f"value {number}" for number in range(20)}
    with ThreadPoolExecutor(4) as pool:
        for number in range(CONTAINERS):
            pool.submit(box.create, "true", str(number), environment=environment)
        for number in range(IMAGES):
            pool.submit(api.import_image_from_data, archive(str(number).encode()), None, repository, str(number))


async def _timed(stage: Stage) -> Figures:
    took: dict[str, list[float]] = {"capture_s": [], "detect_s": []}
    for _ in range(ROUNDS):
        for name, work in (("capture_s", stage.desk.capture("agreed", by="bench")), ("detect_s", stage.desk.detect())):
            begun = time.perf_counter()
            await work
            took[name].append(time.perf_counter() - begun)
    return {name: round(statistics.median(each), 2) for name, each in took.items()}


def _containers(stage: Stage, names: list[str]) -> Figures:
    """Capture of the containers alone, and what the engine's own client takes to tell of them."""
    ours, theirs = [], []
    drift = settings(stage.config)
    place = Place(config=stage.config, drift=drift, digest=digester(store_folder(stage.config)))
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        asyncio.run(capture({"containers": discover()["containers"]}, place))
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        subprocess.run(["docker", "inspect", *names], check=True, capture_output=True)
        theirs.append(time.perf_counter() - begun)
    wall, inspect = statistics.median(ours), statistics.median(theirs)
    figures = {"containers_s": round(wall, 3), "docker_inspect_s": round(inspect, 3)}
    return figures | {"to_inspect_ratio": round(wall / inspect, 2)}


def _many() -> Findings:
    """Findings of very many differences."""
    head = Head(name="agreed", id="0123456789ab", at=NOW - 60, host="here", user="bench", version="1")
    text = "workers = 4\n" * _LINES
    differences = tuple(
        Difference(path=f"files:/etc/{number}.conf#text", kind="changed", before=text, after=f"{text}more = {number}\n")
        for number in range(DIFFERENCES)
    )
    return Findings(at=NOW - 30, baseline=head, differences=differences)


async def _screen(stage: Stage) -> Figures:
    """From the key until the tree and what its first line holds are written; the next frame has them."""
    FindingsFile(store_folder(stage.config)).write(_many())
    source = MemorySource(board(service("api"), at=NOW))
    source.drift = stage.desk
    took = []
    async with floor(source.board, (160, 50), source=source) as (app, _, pilot):
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            pressed = asyncio.create_task(pilot.press("D"))
            while not (isinstance(app.screen, DriftScreen) and app.screen.page.lines):  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(_TICK_S)
            took.append(time.perf_counter() - begun)
            await pressed
            assert "9.conf text  changed" in text_of(app)
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, DriftScreen))
    return {"screen_first_ms": round(1000 * took[0]), "screen_ms": round(1000 * statistics.median(took))}


def measure() -> Figures:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _host(folder) as (stage, names):
            figures = asyncio.run(_timed(stage))
            figures |= _containers(stage, names)
        return figures | asyncio.run(_screen(stage))


if __name__ == "__main__":
    show(__doc__, measure)
