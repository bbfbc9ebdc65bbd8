"""Reads the compose files of a config, with the .env beside each and the env_file of their services."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from collectors.programs.run import environment as of_programs
from collectors.text import clean
from collectors.threads import DaemonPool
from ops.drift.base import Place
from ops.drift.docker.compose_file import LARGEST, ComposeError, Project, environment, read
from ops.drift.host.dotenv import parse as parse_env

_POOL = DaemonPool(2, name="drift-compose")
_USUAL = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


class Files(NamedTuple):
    """One compose file with what was read for it."""

    path: str
    project: Project | None
    """None where it can't be read; then `why` says so."""
    why: str
    values: Mapping[str, str]
    """What variables stand for: of .env beside it, then of watchfloor's own environment."""

    def text_of(self, written: str) -> str:
        """The text of an env_file, by its path as the compose file has it. Raises ComposeError."""
        return text_of_file(Path(self.path).parent / written)


async def files_of(place: Place) -> Sequence[Files]:
    """Every compose file that the config names, in its order."""
    return await _POOL.run(_read_all, place)


async def project_of(path: str) -> str:
    """The name of the project that a file is of. Raises ComposeError."""
    one = await _POOL.run(_read, path)
    if one.project is None:
        raise ComposeError(one.why)
    return one.project.name


async def asks_otherwise_in_a_job(path: str, service: str) -> bool:
    """Whether a file asks for something else of a service where `docker compose` is run by a job.

    A job has none of the variables that watchfloor was started with. Raises ComposeError.
    """
    return await _POOL.run(lambda: _asked(_read(path), service) != _asked(_read(path, of_programs()), service))


def _asked(one: Files, service: str) -> object:
    if one.project is None or service not in one.project.services:
        raise ComposeError(one.why or f"{clean(one.path)} has no service {clean(service)}")
    asked = one.project.services[service]
    return one.project.name, asked, environment(asked, one.values, one.text_of)


def _read_all(place: Place) -> list[Files]:
    base = Path(place.config.path).absolute().parent
    return [_read(str(base / Path(name).expanduser())) for name in place.drift.compose]


def _read(path: str, instead: Mapping[str, str] | None = None) -> Files:
    """`instead` is an environment that the file is read in, in place of watchfloor's own."""
    folder = Path(path).parent
    try:
        beside = _dotenv(folder)
        values = dict(os.environ) | beside if instead is None else beside | dict(instead)
        if why := _override(Path(path)):
            return Files(path, None, why, values)
        project = read(text_of_file(Path(path)), str(folder), values, values.get("COMPOSE_PROJECT_NAME", ""))
    except ComposeError as error:
        return Files(path, None, clean(error), {})
    return Files(path, project, "", values)


def _dotenv(folder: Path) -> dict[str, str]:
    return parse_env(text_of_file(folder / ".env")) if (folder / ".env").exists() else {}


def _override(path: Path) -> str:
    """Why a file with one beside it that changes it is not read: what both say together only Compose knows."""
    beside = [path.with_name(f"{path.stem}.override{suffix}") for suffix in (".yaml", ".yml")]
    found = [one.name for one in beside if path.name in _USUAL and one.exists()]
    return f"{found[0]} beside it changes it, which only docker compose can put together" if found else ""


def text_of_file(path: Path) -> str:
    """The text of a file. Raises ComposeError with a sentence."""
    try:
        if not path.is_file():
            raise ComposeError(f"there is no file {clean(path)}")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ComposeError(f"{clean(path)} can't be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise ComposeError(f"{clean(path)} is longer than {LARGEST // 2**20} MiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ComposeError(f"{clean(path)} is no text in UTF-8") from error
