"""What the actions on Compose services share: the containers of one service of one project, found by their labels."""

import asyncio
import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Listed
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.docker import READ_S, whole
from ops.actions.errors import ActionError, Refused
from ops.board import Row

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
_ONE_OFF = "com.docker.compose.oneoff"
_MOST = 200
_DIGITS = re.compile(r"(\d{1,9})")


class Replica(NamedTuple):
    """One container of a service, by its full id; `name` is unsanitized."""

    number: int
    name: str
    id: str
    state: str

    @property
    def shown(self) -> str:
        """Its name as a person may see it."""
        return clean(self.name)

    @property
    def alive(self) -> bool:
        """Whether it has processes, or will have some again by itself."""
        return self.state in ("running", "paused", "restarting")


class Group(NamedTuple):
    """A service of a project: its labels' values, unsanitized, and its containers by their numbers."""

    project: str
    service: str
    replicas: tuple[Replica, ...]

    @property
    def shown(self) -> str:
        """ "web of shop"."""
        return f"{clean(self.service)} of {clean(self.project)}"

    @property
    def ids(self) -> str:
        """What a plan relies on: which containers there are."""
        return " ".join(one.id[:12] for one in self.replicas)


def of_compose(row: Row) -> bool:
    """Whether a row is a container that belongs to a service of a Compose project."""
    facts = row.facts
    foreign = facts.get("swarm_service") or facts.get("one_off")
    return bool(facts.get("project") and facts.get("service") and row.key and not foreign and row.word != "gone")


def siblings(row: Row, rows: Sequence[Row]) -> list[Row]:
    """The rows of the same service, with the row, by their numbers."""
    meant = (row.facts.get("project"), row.facts.get("service"), row.target)
    same = [
        one
        for one in rows
        if one.kind == row.kind
        and of_compose(one)
        and (one.facts.get("project"), one.facts.get("service"), one.target) == meant
    ]
    return sorted(same, key=lambda one: _natural(one.name))


def locks(case: Case) -> tuple[str, ...]:
    """The service, and each of its containers as the actions on one container name it."""
    host, facts = case.row.host or "here", case.row.facts
    names = [f"compose/{host}/{facts.get('project')}/{facts.get('service')}"]
    for one in siblings(case.row, case.rows):
        names += [one.key, f"container/{host}/{one.name}"]
    return tuple(names)


async def group_of(client: EngineClient, case: Case) -> Group:
    """The service of the case's container, with all containers of it. Raises Refused, ActionError, CollectError."""
    labels = (await whole(client, case.row.key, case.row.name)).config.get("Labels") or {}
    project, service = labels.get(PROJECT), labels.get(SERVICE)
    if not project or not service or labels.get(_ONE_OFF) == "True":
        raise Refused(
            f"{case.row.name} is of no Compose service", "act on a container that Compose keeps", reason="missing"
        )
    return await group(client, str(project), str(service))


async def group(client: EngineClient, project: str, service: str) -> Group:
    """All containers with these two labels, but those of `docker compose run`. Raises as `group_of`."""
    asked = msgspec.json.encode({"label": [f"{PROJECT}={project}", f"{SERVICE}={service}"]}).decode()
    try:
        async with asyncio.timeout(READ_S):
            listed = await client.get("/containers/json", list[Listed], all="1", filters=asked)
    except TimeoutError as error:
        raise ActionError("the Docker engine did not answer", "look whether it hangs", reason="timeout") from error
    found = [_replica(one) for one in listed if _is_of(one, project, service)]
    if len(found) > _MOST:
        raise Refused(f"{clean(service)} has more than {_MOST} containers", "act on them with Compose", reason="limit")
    return Group(project, service, tuple(sorted(found)))


def _is_of(one: Listed, project: str, service: str) -> bool:
    labels = one.labels or {}
    return (labels.get(PROJECT), labels.get(SERVICE)) == (project, service) and labels.get(_ONE_OFF) != "True"


def _replica(one: Listed) -> Replica:
    number = (one.labels or {}).get(NUMBER, "")
    known = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    return Replica(known, own_name(one), one.id, one.state)


def own_name(one: Listed) -> str:
    """A container's own name, unsanitized, not one that a link gave it."""
    return min(one.names or ("",), key=lambda name: name.count("/")).removeprefix("/")


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """An order in which web-2 comes before web-10."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name))
