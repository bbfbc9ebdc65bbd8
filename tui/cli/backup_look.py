"""`watchfloor backup list|show|check`: how sets and backups stand."""

import argparse
import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ops.board import LEVELS
from tui.cli.backup_shared import BAD, FAILED, GOOD, WHICH, declare_set, load_config, names_of, spec_of
from tui.cli.incident_shared import Declared
from tui.cli.output import complain, say, say_json, signed, then

if TYPE_CHECKING:
    from ops.backup.desk import BackupDesk
    from ops.backup.structs import Standing

_AT_ONCE = 4
_SAME = "what is known here, without asking any target"


def _declare_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("set", metavar="SET", nargs="?", default="", help="list the backups of that one")
    parser.add_argument("--known", action="store_true", help=_SAME)
    parser.add_argument("--all", action="store_true", help="every backup, not only the newest 200")


def _declare_show(parser: argparse.ArgumentParser) -> None:
    declare_set(parser)
    which = f"one backup of it: {WHICH}; without it: how the set stands"
    parser.add_argument("backup", metavar="BACKUP", nargs="?", default="", help=which)


def _declare_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sets", metavar="SET", nargs="*", help="names of [[backup]]; default: all")
    parser.add_argument("--known", action="store_true", help=_SAME)


async def standings(desk: "BackupDesk", names: Sequence[str], *, ask: bool) -> "list[Standing]":
    """How these stand, some asked at once. Raises BackupError."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> "Standing":
        async with gate:
            return await desk.standing(name, ask=ask)

    return list(await asyncio.gather(*map(one, names)))


def _list(args: argparse.Namespace) -> int:
    from ops.backup.desk import BackupDesk
    from tui.cli import backup_told
    from tui.cli.fix_list import aligned

    config = load_config(args.config)
    if args.set:
        return _list_one(args, BackupDesk(config), spec_of(config, args.set).config.name)
    names = names_of(config, ())
    found, now = asyncio.run(standings(BackupDesk(config), names, ask=not args.known)), time.time()
    if args.json:
        say_json([_fields(one, now) for one in found])
    else:
        say("\n".join(aligned([backup_told.SET_HEAD, *(backup_told.set_cells(one, now) for one in found)])))
        _tell_unreachable(found)
    return GOOD


def _list_one(args: argparse.Namespace, desk: "BackupDesk", name: str) -> int:
    from tui.cli import backup_told
    from tui.cli.fix_list import aligned

    standing, now = asyncio.run(desk.standing(name, ask=not args.known)), time.time()
    if args.json:
        say_json(standing.kept)
        return GOOD
    kept = standing.kept if args.all else standing.kept[: backup_told.MOST]
    if kept:
        say("\n".join(aligned([backup_told.KEPT_HEAD, *(backup_told.kept_cells(one, now) for one in kept)])))
    elif not standing.unreachable:
        say("there is no backup of it yet")
    if len(standing.kept) > len(kept):
        say(f"and {len(standing.kept) - len(kept):,} more: --all lists them")
    _tell_unreachable([standing])
    return GOOD


def _tell_unreachable(found: "Sequence[Standing]") -> None:
    for one in found:
        if one.unreachable:
            said = (
                f"watchfloor: {one.set}: its target could not be asked, this is what is known here: {one.unreachable}"
            )
            complain(said + then(one.remedy))


def _fields(standing: "Standing", now: float) -> dict[str, object]:
    """A standing without each single backup and event, with what is wrong."""
    from tui.panes.backup_said import everything, said

    fields: dict[str, object] = msgspec.structs.asdict(
        msgspec.structs.replace(standing, kept=standing.kept[:1], events=())
    )
    newest = fields.pop("kept")
    del fields["events"]
    more = {"newest": newest[0] if newest else None, "count": len(standing.kept)}  # type: ignore[index]
    wrong = [one._asdict() for one in everything(standing, now)]
    return {**fields, **more, "state": said(standing, now).word, "wrong": wrong}


def _show(args: argparse.Namespace) -> int:
    from ops.backup.desk import BackupDesk
    from tui.cli import backup_told

    config = load_config(args.config)
    desk, name = BackupDesk(config), spec_of(config, args.set).config.name
    if args.backup:
        kept = asyncio.run(desk.kept(name, args.backup))
        lines = backup_told.kept_lines(kept, time.time())
        fields: object = kept
    else:
        standing = asyncio.run(desk.standing(name))
        lines = backup_told.standing_lines(standing, time.time())
        fields = {**_fields(standing, time.time()), "events": standing.events}
    if args.json:
        say_json(fields)
    else:
        say("\n".join(lines))
    return GOOD


def _check(args: argparse.Namespace) -> int:
    from ops.backup.desk import BackupDesk

    config = load_config(args.config)
    found = asyncio.run(standings(BackupDesk(config), names_of(config, args.sets), ask=not args.known))
    now = time.time()
    if args.json:
        say_json([_fields(one, now) for one in found])
    else:
        say("\n".join(line for one in found for line in _verdict_lines(one, now)))
    return status_of(found, now)


def _verdict_lines(standing: "Standing", now: float) -> list[str]:
    from ops.redact import shown
    from tui.panes.backup_said import everything, well

    wrong = list(everything(standing, now))
    if not wrong:
        found = well(standing)
        why = f": {found.text}" if found.text else ""
        return [f"{signed('ok', found.word, 15)}  {shown(standing.set)}{why}"]
    return [f"{signed(one.level, one.word, 15)}  {shown(standing.set)}: {shown(one.text)}" for one in wrong]


def status_of(found: "Sequence[Standing]", now: float) -> int:
    """Of the worst set: 1 where one is bad, 2 where nobody can tell."""
    from tui.panes.backup_said import everything

    levels = {one.level for standing in found for one in everything(standing, now)}
    if levels & {"warning", "critical"}:
        return BAD
    return FAILED if levels & set(LEVELS) - {"ok"} else GOOD


COMMANDS: tuple[Declared, ...] = (
    ("list", "every set, or the backups of one: how old, how well proven, why each stays", _declare_list, _list),
    ("show", "all about a set, or about one of its backups", _declare_show, _show),
    (
        "check",
        "for cron: exit 0 every set is verified or proven, 1 one is not as it should be, 2 nobody can tell",
        _declare_check,
        _check,
    ),
)
