"""Services of compose files: what the files ask for, and what `docker compose up` would change of what runs."""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from collectors.base import CollectError, NoData
from ops.actions.compose import PROJECT, SERVICE
from ops.drift.base import Place, Source
from ops.drift.docker.asked import service_facts, up_would
from ops.drift.docker.compose_file import ComposeError, environment
from ops.drift.docker.compose_files import Files, files_of
from ops.drift.named import safe_name
from ops.drift.sources.containers import items_where
from ops.drift.structs import Difference, Item, Value

_ONE_OFF = "labels.com.docker.compose.oneoff"
_Running = Mapping[tuple[str, str], Sequence[Mapping[str, Value]]]
"""Facts of containers by project and service."""


class Compose(Source):
    """A fact for each thing that a service asks for, and `up_would`: what starting it anew would change.

    Files are read here without docker compose: a service that extends another is told as unreadable.
    """

    name = "compose"
    title = "compose files and whether they are what runs"
    group = "docker"

    async def capture(self, place: Place) -> Sequence[Item]:
        """Read the files, then the containers of their services."""
        if not place.drift.compose:
            raise NoData('no compose file is named: compose = ["compose.yaml"] in the config\'s [[drift]]')
        found = await files_of(place)
        running, why = await _running(place, {one.project.name for one in found if one.project})
        return [item for one in found for item in _items(one, running, why, place)]

    def by_hand(self, difference: Difference) -> str:
        """The file is the one that is agreed, or what runs is."""
        if difference.place.fact == "up_would":
            return "docker compose up --detach in the file's folder, once it is known which of the two is right"
        return "bring the file back as it was (git checkout), or accept how it is"


async def _running(place: Place, projects: Collection[str]) -> tuple[_Running, str]:
    """What runs of each service, whatever the floor shows of it; else why that is not known."""
    found: dict[tuple[str, str], list[Mapping[str, Value]]] = {}
    try:
        everywhere = replace(place, only="")
        items = await items_where(everywhere, lambda _, one: (one.labels or {}).get(PROJECT) in projects)
    except NoData as error:
        return {}, f"what runs is not known: {error.message}"
    except CollectError as error:
        return {}, f"what runs can't be read: {error.message}"
    for item in items:
        facts = item.facts
        if facts.get(_ONE_OFF) != "True":
            of = (str(facts.get(f"labels.{PROJECT}")), str(facts.get(f"labels.{SERVICE}")))
            found.setdefault(of, []).append(facts)
    return found, ""


def _items(one: Files, running: _Running, why: str, place: Place) -> list[Item]:
    if one.project is None:
        return [Item(name=safe_name(one.path), unreadable={"": one.why}, kept=False)]
    prefix = f"{safe_name(one.path)}/"
    items = [Item(name=prefix + safe_name(name), unreadable={"": said}) for name, said in one.project.unread.items()]
    for name, asked in one.project.services.items():
        containers = running.get((one.project.name, name), ())
        try:
            facts = service_facts(asked, environment(asked, one.values, one.text_of), place.digest)
        except ComposeError as error:
            items.append(Item(name=prefix + safe_name(name), unreadable={"": str(error)}))
            continue
        unknown = {"up_would": why} if why else {}
        facts |= {} if why else {"up_would": up_would(facts, containers)}
        items.append(Item(name=prefix + safe_name(name), facts=facts, unreadable=unknown, kept=False))
    return items
