"""Looks for the texts that a baseline only has digests of, wherever this host may still have them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collectors.threads import DaemonPool
from ops.actions.docker import Whole
from ops.drift.base import Place
from ops.drift.docker.compose_file import ComposeError, environment
from ops.drift.docker.compose_files import Files, files_of, text_of_file
from ops.drift.docker.facts import plain_facts
from ops.drift.docker.hiding import Known, texts_inside
from ops.drift.host.dotenv import parse
from ops.drift.host.globbing import find

_POOL = DaemonPool(1, name="drift-finding")


async def known_of(place: Place, seen: Whole | None, image: Mapping[str, Any]) -> Known:
    """What a container has now, what its image gives, and what env files and compose files say.

    A file that can't be read is passed over: what is found nowhere is told by whoever needs it.
    """
    known = Known(place.digest)
    known.add(texts_inside(dict(image)))
    if seen is not None:
        known.add(texts_inside([plain_facts(seen, {}), seen.config.get("Env")]))
    for one in await files_of(place):
        known.add(texts_inside(_asked(one)))
    known.add(await _POOL.run(_of_env_files, place))
    return known


def _asked(one: Files) -> list[object]:
    found: list[object] = [dict(one.values)]
    for asked in one.project.services.values() if one.project else ():
        found.append(dict(asked))
        try:
            found.append(environment(asked, one.values, one.text_of))
        except ComposeError:
            continue
    return found


def _of_env_files(place: Place) -> list[str]:

    found = find(place.drift.env_files, Path(place.config.path).absolute().parent, "")
    texts: list[str] = []
    for path in sorted(found.paths):
        try:
            texts += parse(text_of_file(Path(path))).values()
        except ComposeError:
            continue
    return texts
