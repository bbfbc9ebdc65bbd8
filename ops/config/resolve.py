"""Gives every target and every receiver of a config its secrets."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from collectors.base import Secret
from ops.config.alerting import Receiver
from ops.config.decode import Located
from ops.config.lines import Path as ConfigPath
from ops.config.problems import Problems
from ops.config.secrets import SecretError, SecretUse, fetch
from ops.config.structs import Config
from ops.redact import remember_inside

_KINDS: tuple[Literal["env", "file", "command"], ...] = ("env", "file", "command")


class _Fetched(NamedTuple):
    secrets: Mapping[str, Secret]
    notes: tuple[str, ...]
    """What is to be said about the way they are kept."""


def with_secrets(located: Located, environ: Mapping[str, str]) -> Config:
    """Resolve the secrets of all targets and receivers; what is not to be had is noted in the problems."""
    config = located.config
    folder = Path(config.path).absolute().parent
    targets, receivers = [], {}
    notes = list(config.notes)
    for spec in config.targets:
        uses = find_uses(spec.id, spec.config, located.paths[spec.id])
        found = _fetched(spec.config, uses, environ, folder, located.problems)
        targets.append(msgspec.structs.replace(spec, secrets=found.secrets))
        notes += found.notes
    for receiver, path in receiver_paths(located):
        uses = find_uses(f"notify {receiver.name}", receiver, path)
        found = _fetched(receiver, uses, environ, folder, located.problems)
        receivers[receiver.name] = found.secrets
        notes += found.notes
    monitor = config.alerting.monitor
    ping = _fetched(monitor, find_uses("monitor", monitor, ("monitor",)), environ, folder, located.problems)
    notes += ping.notes
    alerting = msgspec.structs.replace(config.alerting, secrets=receivers, ping=ping.secrets.get("ping"))
    return msgspec.structs.replace(config, targets=tuple(targets), alerting=alerting, notes=tuple(notes))


def receiver_paths(located: Located) -> Iterator[tuple[Receiver, ConfigPath]]:
    """Every receiver with its place in the file."""
    for index, receiver in enumerate(located.config.alerting.receivers):
        yield receiver, located.receivers.get(receiver.name, ("notify", index))


def _hide_passwords(config: msgspec.Struct) -> None:
    """Mask from now on what stands as a password inside its own URLs."""
    for field in msgspec.structs.fields(config):
        value = getattr(config, field.name)
        if isinstance(value, str):
            remember_inside(value)


def _stems(config: msgspec.Struct) -> Iterator[str]:
    """What has a field `…_env` is a secret; `ca_file` alone, for instance, is none."""
    for field in msgspec.structs.fields(config):
        if field.encode_name.endswith("_env"):
            yield field.name.removesuffix("_env")


def find_uses(target: str, config: msgspec.Struct, path: ConfigPath) -> Iterator[SecretUse]:
    """Every secret that the config of a target or receiver names, in the order of its fields."""
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


def _fetched(
    config: msgspec.Struct, uses: Iterable[SecretUse], environ: Mapping[str, str], folder: Path, problems: Problems
) -> _Fetched:
    """Get these secrets; what is not to be had is a problem.

    A command is only started while nothing else is wrong: it may ask somebody for something.
    """
    _hide_passwords(config)
    secrets: dict[str, Secret] = {}
    notes: list[str] = []
    given: set[str] = set()
    for use in uses:
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
    return _Fetched(secrets, tuple(notes))
