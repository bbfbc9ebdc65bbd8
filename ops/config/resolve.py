"""Gives every target of a config its secrets."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from collectors.base import Secret, TargetConfig
from ops.config.decode import Located
from ops.config.lines import Path as ConfigPath
from ops.config.problems import Problems
from ops.config.secrets import SecretError, SecretUse, fetch
from ops.config.structs import Config, TargetSpec
from ops.redact import remember_inside

_KINDS: tuple[Literal["env", "file", "command"], ...] = ("env", "file", "command")


def with_secrets(located: Located, environ: Mapping[str, str]) -> Config:
    """Resolve the secrets of every target; what is not to be had is noted in the problems."""
    config = located.config
    folder = Path(config.path).absolute().parent
    targets = []
    notes = list(config.notes)
    for spec in config.targets:
        _hide_passwords(spec.config)
        resolved, about = resolve(spec, located.paths[spec.id], environ, folder, located.problems)
        targets.append(resolved)
        notes += about
    return msgspec.structs.replace(config, targets=tuple(targets), notes=tuple(notes))


def _hide_passwords(config: TargetConfig) -> None:
    """Mask from now on what stands as a password inside the target's own URLs."""
    for field in msgspec.structs.fields(config):
        value = getattr(config, field.name)
        if isinstance(value, str):
            remember_inside(value)


def _stems(config: TargetConfig) -> Iterator[str]:
    """What has a field `…_env` is a secret; `ca_file` alone, for instance, is none."""
    for field in msgspec.structs.fields(config):
        if field.encode_name.endswith("_env"):
            yield field.name.removesuffix("_env")


def find_uses(target: str, config: TargetConfig, path: ConfigPath) -> Iterator[SecretUse]:
    """Every secret that a target's config names, in the order of its fields."""
    for stem in _stems(config):
        for kind in ("env", "file", "command"):
            key = f"{stem}_{kind}"
            given = getattr(config, key, None)
            if isinstance(given, Mapping):
                for name, source in given.items():
                    yield SecretUse(target, f"{stem}.{name}", (*path, key, name), kind, source)
            elif isinstance(given, str) and given:
                yield SecretUse(target, stem, (*path, key), kind, given)
            elif isinstance(given, list | tuple) and given:
                yield SecretUse(target, stem, (*path, key), kind, tuple(given))


def resolve(
    spec: TargetSpec, path: ConfigPath, environ: Mapping[str, str], folder: Path, problems: Problems
) -> tuple[TargetSpec, list[str]]:
    """Give the target with its secrets, and notes about how they are kept; what is not to be had is a problem.

    A command is only started while nothing else is wrong: it may ask somebody for something.
    """
    secrets: dict[str, Secret] = {}
    notes: list[str] = []
    given: set[str] = set()
    for use in find_uses(spec.id, spec.config, path):
        if use.stem in given:
            problems.add(use.path, f"gives {use.stem} a second time: one of _env, _file and _command is enough")
            continue
        given.add(use.stem)
        if use.kind == "command" and problems.found:
            continue
        try:
            found = fetch(use, environ, folder)
        except SecretError as error:
            problems.add(use.path, error.message)
            continue
        secrets[use.stem] = found.secret
        notes += [found.note] if found.note else []
    return msgspec.structs.replace(spec, secrets=secrets), notes
