"""Checks `[[drift]]`, which is there once at most, and fills in what it needs; this host's name stands for none."""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path as Folder

import msgspec

from collectors.drift import PART, DriftConfig
from collectors.registry import discover
from collectors.text import clean
from ops.config.checkout import checkout
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems
from ops.config.structs import Config, TargetSpec

SECTION = "drift"
GROUPS = ("docker", "git", "env", "files", "system", "network", "security", "data")
"""What sources can be of, as `--only` takes it."""


@cache
def source_names() -> tuple[str, ...]:
    """Names of the sources of facts, told by their modules: nothing of them is loaded."""
    folder = files("ops").joinpath("drift", "sources")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name[:-3] for name in names if name.endswith(".py") and not name.startswith("_")))


def drifting(targets: Iterable[TargetSpec], paths: Mapping[str, Path], problems: Problems) -> Iterator[TargetSpec]:
    """Check each `[[drift]]`, and give it the file that it stands in."""
    first: Path | None = None
    for spec in targets:
        if not isinstance(spec.config, DriftConfig):
            yield spec
            continue
        path = paths[spec.id]
        if first is not None:
            problems.add(path, f"this host is compared once: {problems.place(first)} is there already; make it one")
        first = path if first is None else first
        _check(spec.config, path, problems)
        yield msgspec.structs.replace(spec, config=msgspec.structs.replace(spec.config, file=_absolute(problems.file)))


def _absolute(file: str) -> str:
    return os.path.abspath(file) if file else ""


def _check(drift: DriftConfig, path: Path, problems: Problems) -> None:
    known = (*GROUPS, *source_names())
    for key, names in (("only", drift.only), ("without", drift.without)):
        for index, name in enumerate(names):
            if name not in known:
                problems.add((*path, key, index), f'there is no source "{name}"; {did_you_mean(name, known)}')
    for key in ("file", "about"):
        if getattr(drift, key):
            problems.add((*path, key), "is filled in by watchfloor itself; leave it out")
    for key, globs in (("ignore", drift.ignore), ("severity", tuple(drift.severity)), ("auto_fix", drift.auto_fix)):
        for index, glob in enumerate(globs):
            why = _never(glob)
            if why:
                problems.add((*path, key, glob if key == "severity" else index), why)


def _never(glob: str) -> str:
    """Why no path of a fact ever matches, "" where one may."""
    source, colon, rest = glob.partition(":")
    like = 'write it as "source:item#fact", such as "containers:*#labels.*"'
    if not source or (not colon and "/" in source):
        return f"means no path; {like}"
    if colon and not rest:
        return f"ends where the item would be named; {like}"
    if (not colon and "#" in glob) or any(fnmatchcase(name, source) for name in source_names()):
        return ""
    return f'no source is called "{source}"; {did_you_mean(source, source_names())}'


def drift_of(config: Config) -> TargetSpec:
    """The `[[drift]]` of a config; where it has none, one that is named after this host.

    That one has all defaults, and what is agreed on of the folder that the config is in, or of the working directory
    where there is no config.
    """
    found = next((spec for spec in config.targets if isinstance(spec.config, DriftConfig)), None)
    if found is not None:
        return found
    name = host_name().replace("/", "-")
    here = checkout(Folder(config.path).parent)
    drift = DriftConfig(
        name=name, file=_absolute(config.path), git=here.git, compose=here.compose, env_files=here.env_files
    )
    return TargetSpec(id=f"{SECTION}:{name}", collector=discover()[SECTION], config=drift)


def settings(config: Config) -> DriftConfig:
    """What its `[[drift]]` says, or all defaults."""
    found = drift_of(config).config
    return found if isinstance(found, DriftConfig) else DriftConfig(name=found.name)


def host_name() -> str:
    """What this host calls itself."""
    return clean(socket.gethostname()).strip() or "here"


def with_drift(config: Config) -> Config:
    """The config with a `[[drift]]`, whether it has one or not."""
    spec = drift_of(config)
    return config if spec in config.targets else msgspec.structs.replace(config, targets=(*config.targets, spec))


def reading(config: Config, row_id: str) -> Config:
    """The config that reads a row: drift is captured and put right also where no `[[drift]]` puts it on the floor."""
    return with_drift(config) if row_id.partition(":")[0] in (SECTION, PART) else config
