"""Whether `docker compose` can scale a service here: the program, and the files that the service was made from."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from collectors.base import CollectError
from collectors.docker_api.url import place
from collectors.docker_engine import DockerConfig
from collectors.programs.run import run
from ops.actions.base import Case
from ops.actions.compose import Group
from ops.config.structs import TargetSpec

_FILES = "com.docker.compose.project.config_files"
_FOLDER = "com.docker.compose.project.working_dir"
_ENVIRONMENT = "com.docker.compose.project.environment_file"
_PROJECT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MOST_FILES = 20


class ComposeWay(NamedTuple):
    """How `docker compose` is called for one project; `why_not` says why it is not, where files were named."""

    start: tuple[str, ...] = ()
    why_not: str = ""

    def scale(self, service: str, count: int) -> tuple[str, ...]:
        """Arguments that bring a service to so many containers and touch nothing else."""
        up = ("up", "--detach", "--no-deps", "--no-recreate", f"--scale={service}={count}", "--", service)
        return (*self.start, *up)


async def compose_way(case: Case, group: Group, labels: Mapping[str, str]) -> ComposeWay:
    """The way by `docker compose`; none where the engine is on another host, or the files or the program are not here.

    Labels are also what an image says of itself, so a file that somebody else could have written is never used.
    """
    socket = local_socket(case.spec)
    files = [part for part in str(labels.get(_FILES) or "").split(",") if part]
    if not socket or not files or not _PROJECT_NAME.fullmatch(group.project):
        return ComposeWay()
    if not _SERVICE_NAME.fullmatch(group.service) or len(files) > _MOST_FILES:
        return ComposeWay()
    folder, environment = str(labels.get(_FOLDER) or ""), _paths(labels.get(_ENVIRONMENT))
    needed = [*files, *environment, *([folder] if folder else [])]
    if not _are_here(needed):
        return ComposeWay()
    why_not = _unguarded(needed)
    if why_not or not await is_here():
        return ComposeWay(why_not=why_not)
    given = [f"--project-name={group.project}", *(f"--file={path}" for path in files)]
    given += [f"--env-file={path}" for path in environment]
    given += [f"--project-directory={folder}"] if folder else []
    return ComposeWay(("docker", f"--host=unix://{socket}", "compose", *given))


def local_socket(spec: TargetSpec) -> str:
    """The socket of an engine of this host; "" for any other target."""
    if not isinstance(spec.config, DockerConfig):
        return ""
    where = place(spec.config.url, os.environ)
    return "" if where.ssh or not os.path.isabs(where.path) else where.path


def _paths(label: str | None) -> list[str]:
    return [part for part in str(label or "").split(",") if part]


def _are_here(paths: Sequence[str]) -> bool:
    return all(os.path.isabs(path) and path.isprintable() and Path(path).exists() for path in paths)


def _unguarded(paths: Sequence[str]) -> str:
    from ops.fixes.guarded import guarded

    said = next((said for path in paths if (said := guarded(path))), "")
    return said.removeprefix("refuses to act: ")


async def is_here() -> bool:
    """Whether this host has the program."""
    try:
        return (await run(("docker", "compose", "version", "--short"))).code == 0
    except CollectError:
        return False
