"""What actions on backups share: the desk that knows what there is, errors as jobs tell them, and lists in one line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from collectors.text import clean
from ops.actions.base import Action, Case, Param, Pick
from ops.actions.errors import ActionError, Refused
from ops.board import Row
from ops.figures import duration, several, size
from ops.runner.calls import Backup

if TYPE_CHECKING:
    from ops.backup.base import Wish
    from ops.backup.errors import BackupError
    from ops.backup.source import BackupSource
    from ops.backup.structs import Kept
    from ops.config.structs import Config
    from ops.runner.base import Runner

KIND = "backup"
_DAY_S = 86_400.0
PROVED_WITHIN_S = 180.0
"""How long the floor's own reading may take to see what was done: its target is asked once more."""
_UNDONE = ("held", "refused", "missing", "version", "empty")
"""Reasons for which nothing was begun."""
_CHECKED = ("run", "verify", "drill")
_LONGEST = 1_000
_FRACTION = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")
_OWN = frozenset({"backup", "to", "only", "empty", "safety", "fraction", "due", "why"})
"""Parameters that are no kind's own."""
NEWEST = Param(name="backup", title="which backup", kind="pick", default="latest")


def desk_of(config: "Config", *, planned: bool = True) -> "BackupSource":
    """Who knows which backups there are: for a plan, which a floor's process may make, in a program of its own."""
    from ops.backup.apart import backups_of, in_this_process

    return backups_of(config) if planned else in_this_process(config)


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong with a backup, as a job tells it. Raises ActionError, and Refused where nothing was begun."""
    from ops.backup.errors import BackupError

    try:
        yield
    except BackupError as error:
        raise as_told(error) from error


def as_told(error: "BackupError") -> ActionError:
    """The same sentence and remedy."""
    kind = Refused if error.reason in _UNDONE else ActionError
    return kind(clean(error.message), clean(error.remedy), reason=error.reason)


def names_of(text: str) -> tuple[str, ...]:
    """Several names in one line: a JSON list of texts, else parted by commas. Raises Refused for a list that is none.

    A list is for names with commas in them; `listed` writes what this reads.
    """
    if not text.lstrip().startswith("["):
        return tuple(filter(None, (name.strip() for name in text.split(","))))
    try:
        return tuple(msgspec.json.decode(text, type=list[str]))
    except msgspec.DecodeError as error:
        raise Refused(
            f"{clean(text)!r} is no list of names", "part them by commas, or write a JSON list", reason="params"
        ) from error


def listed(names: Sequence[str]) -> str:
    """Names in one line. Raises Refused where they are more than a parameter can say."""
    plain = all(name and name == name.strip() and "," not in name and name[0] != "[" for name in names)
    text = ",".join(names) if plain else msgspec.json.encode(list(names)).decode()
    if len(text) > _LONGEST:
        raise Refused(
            f"{several(len(names), 'name')} can't be said in one line", "restore all of it, or fewer", reason="params"
        )
    return text


def wish_of(params: Mapping[str, str]) -> "Wish":
    """What is to be restored and where to, by an action's parameters. Raises Refused."""
    from ops.backup.base import Wish

    return Wish(
        to=params.get("to", ""),
        only=names_of(params.get("only", "")),
        params={name: value for name, value in params.items() if name not in _OWN},
        empty=params.get("empty") == "yes",
    )


def fraction_of(text: str) -> tuple[int, int]:
    """Which part of how many: (2, 7) for "2/7", (1, 1) for "". Raises Refused."""
    if not text:
        return 1, 1
    found = _FRACTION.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise Refused(f"{text!r} is no part of a whole", 'write it as "2/7": the second of seven', reason="params")
    return int(found[1]), int(found[2])


class BackupAction(Action):
    """One thing that is done to a `[[backup]]`, in the job's own process."""

    kinds: ClassVar[tuple[str, ...]] = (KIND,)
    how: ClassVar[Literal["run", "verify", "drill", "restore", "prune", "delete"]]
    timeout_s = _DAY_S
    reads_s = 60.0

    def interrupts(self, case: Case) -> str:
        """Reading costs some disk and network, and nobody else waits for it."""
        return ""

    def undone(self, case: Case) -> str:
        """A proof changes nothing."""
        return "there is nothing to undo"

    def proves(self, row: Row) -> tuple[str, ...]:
        """The check that is about this very thing; of what has none, that its backups can be read."""
        return (f"{KIND}.{self.how if self.how in _CHECKED else 'target'}",)

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """The backups that are there, newest first."""
        with told():
            standing = await desk_of(case.config).standing(case.spec.config.name)
        return tuple(Pick(value=kept.id, text=f"{kept.id}: {about(kept)}") for kept in standing.kept)

    async def meant(self, case: Case, runner: "Runner") -> "Kept":
        """The one backup that is meant; a plan holds only for that. Raises Refused, ActionError."""
        with told():
            kept = await desk_of(case.config, planned=runner.dry).kept(
                case.spec.config.name, case.params.get("backup", "")
            )
        runner.rely("backup", kept.id)
        runner.say(f"{kept.id}: {about(kept)}")
        return kept

    def call(self, case: Case, backup: str = "", params: Mapping[str, str] | None = None) -> Backup:
        """The one effect."""
        return Backup(set=case.spec.config.name, how=self.how, backup=backup, params=params or {})


def about(kept: "Kept") -> str:
    """A backup in a few words: how large, whether it is proven."""
    parts = [size(kept.manifest.stored_bytes)]
    if kept.broken:
        parts.append(f"broken: {clean(kept.broken)}")
    elif kept.drilled_at is not None:
        parts.append("restored for proof" + (f" in {duration(kept.restore_s)}" if kept.restore_s else ""))
    else:
        parts.append("verified" if kept.verified_at is not None else "not verified")
    if kept.manifest.why == "safety":
        parts.append("taken before a restore")
    return ", ".join(parts)


def is_there(row: Row) -> bool:
    """Whether the row knows of any backup."""
    return bool(row.facts.get("count"))


def bad(row: Row, check: str) -> str:
    """What a check of the row says where it is bad; "" where it is not."""
    return next((one.text for one in row.checks if one.id == f"{KIND}.{check}" and one.level != "ok"), "")
