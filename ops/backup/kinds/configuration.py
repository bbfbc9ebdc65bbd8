"""Configuration: this config, compose files, and whatever else is named; environment files only encrypted."""

import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial

from collectors.drift import DriftConfig
from collectors.text import clean
from ops.backup.base import About, Place
from ops.backup.trees.roots import Root
from ops.backup.trees.taking import POOL
from ops.backup.trees.tree_kind import TreeKind, Wanted, walks
from ops.drift.host.texts import is_secret_name, without_secrets

_TEXT_BYTES = 2**20
_TOLD = 3
_LOOKED_AT, _ALL_BYTES = 2_000, 64 * 2**20
"""Files of one path, and bytes of them, that are looked into for secrets; the names of all are looked at."""


class Configuration(TreeKind):
    """One tar for each file or folder. They are put back one for one: what is beside them stays."""

    name = "configuration"
    title = "configuration"
    swaps = False

    async def wanted(self, place: Place) -> Sequence[Wanted]:
        """This config, the compose files of [[drift]], `paths` and `env_files`."""
        own = (place.config.path,) if place.config.path else ()
        drift = [spec.config for spec in place.config.targets if isinstance(spec.config, DriftConfig)]
        compose = tuple(path for one in drift for path in one.compose)
        plain = tuple(dict.fromkeys((*own, *compose, *place.backup.paths)))
        wanted = [Wanted(paths=plain, what="configuration")] if plain else []
        if place.backup.env_files:
            wanted.append(Wanted(paths=place.backup.env_files, what="environment files", secret=True))
        return wanted

    async def is_secret(self, place: Place, root: Root, about: About) -> bool:
        """Whether a file in it holds secrets by custom; what only looks like it in a text is told."""
        names = await POOL.run(partial(_any_secret, place, root))
        if names or _encrypted(place):
            return names
        texts, more = await POOL.run(partial(_texts, place, root))
        if texts:
            named = ", ".join(clean(path) for path in texts[:_TOLD])
            about.notes.append(f"{named} seems to hold a secret in the clear, and this set is not encrypted")
        if more:
            about.notes.append(f"{clean(root.path)} has more files than are looked into for secrets in the clear")
        return False


def _any_secret(place: Place, root: Root) -> bool:
    """Whether a file in it holds secrets by its name."""
    return any(is_secret_name(path) for path in _files(place, root))


def _texts(place: Place, root: Root) -> tuple[Sequence[str], bool]:
    """Files that seem to hold a secret, and whether there are more than were looked into."""
    found, read = list[str](), 0
    for nth, path in enumerate(_files(place, root)):
        if nth == _LOOKED_AT or read > _ALL_BYTES or len(found) == _TOLD:
            return found, len(found) < _TOLD
        content = _content(path)
        read += len(content)
        if _seems_secret(content):
            found.append(path)
    return found, False


def _files(place: Place, root: Root) -> Iterator[str]:
    for member in root.members:
        for path in walks(place)(member).names():
            if stat.S_ISREG(_mode(path)):
                yield path


def _mode(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return 0


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_TEXT_BYTES)
    except OSError:
        return b""  # tar says why it can't be read


def _seems_secret(content: bytes) -> bool:
    found = without_secrets(content.decode("utf-8", "replace"))
    return found is None or bool(found.hidden)


def _encrypted(place: Place) -> bool:
    settings = place.backup
    given = (settings.key_env, settings.key_file, settings.key_command, settings.recipients)
    return settings.encrypt or any(given) or settings.target.startswith("restic:")
