"""`watchfloor store`: what the floor remembers, where, how large it is, and whether it is recorded right now."""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ops.errors import OpsError
from tui.cli import stored
from tui.cli.below import Below
from tui.cli.output import say, say_json
from tui.cli.settings import config_beside

if TYPE_CHECKING:
    from ops.store.contract import Info

SUMMARY = "say what is remembered, where and how much, or give unused room back"
EXAMPLES = (
    ("watchfloor store info", "size, first and last moment, how long what is kept, who records"),
    ("watchfloor store info --store /mnt/copy --json", "of a copied store, as JSON"),
    ("watchfloor store vacuum", "give unused room back to the file system; the floor may go on recording"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = Below(parser)
    for name, words, do in (
        ("info", "what is remembered, where, how much, and who records it now", _info),
        ("vacuum", "give unused room back to the file system", _vacuum),
    ):
        stored.add_store(below.add(name, words, do, json="every figure, as JSON"))


def run(args: argparse.Namespace) -> int:
    """Do what the words say. Raises OpsError where there is no store, or none that can be used."""
    return int(args.do(args))


def _missing(place: Path) -> OpsError:
    return OpsError(f"there is no history in {place}; the floor (`watchfloor`) records one while it is open")


def _info(args: argparse.Namespace) -> int:
    from ops.store.lock import recorded_by

    config = config_beside(args.store, args.config)
    place = stored.place_of(args.store, config)
    with stored.reading(args.store, config) as store:
        if store is None:
            raise _missing(place)
        with stored.told():
            info, notes = store.info(), store.notes()
    pid = recorded_by(place)
    if args.json:
        say_json(
            {**_fields(info), "name": notes.get("name", ""), "recorded": pid is not None, "recorded_by": pid or None}
        )
    else:
        kept = args.store is None or args.config is not None
        say("\n".join(_lines(info, notes.get("name", ""), pid, kept)))
    return 0


def _fields(info: "Info") -> dict[str, object]:
    return {name: getattr(info, name) for name in info.__struct_fields__}


def _lines(info: "Info", name: str, pid: int | None, kept: bool) -> Iterator[str]:
    from ops.figures import count, duration, size

    yield f"{name or 'history'}: {info.path}"
    yield f"  recorded   {_who(pid)}" + ("; this history was generated, not recorded" if info.generated else "")
    given = f"`watchfloor store vacuum` would give back {size(info.free_bytes)}"
    yield f"  size       {size(info.size_bytes)}; {given}"
    if info.first is None or info.last is None:
        yield "  known      nothing yet"
    else:
        yield f"  known      {_moment(info.first)} to {_moment(info.last)} ({duration(info.last - info.first)})"
    yield f"  rows       {count(info.subjects)}"
    retention = info.retention
    for what, number, seconds in (
        ("raw", info.raw, retention.raw_s),
        ("minutes", info.minutes, retention.minutes_s),
        ("hours", info.hours, retention.hours_s),
        ("days", info.days, retention.hours_s),
        ("events", info.events, retention.hours_s),
    ):
        yield f"  {what:<10} {count(number)}" + (f", kept for {duration(seconds)}" if kept else "")
    yield f"  version    {info.version}"


def _who(pid: int | None) -> str:
    if pid is None:
        return "not now"
    return f"now, by pid {pid}" if pid else "now, by another process"


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))


def _vacuum(args: argparse.Namespace) -> int:
    from ops.figures import size

    config = config_beside(args.store, args.config)
    # A damaged file is set aside by whoever opens it for writing; that is for the recorder to do, not for a command.
    with stored.reading(args.store, config) as whole:
        if whole is None:
            raise _missing(stored.place_of(args.store, config))
    with stored.writing(args.store, config) as store, stored.told():
        given, info = store.vacuum(), store.info()
    if args.json:
        say_json({**_fields(info), "given_back_bytes": given})
    else:
        say(f"gave back {size(given)}; the history takes {size(info.size_bytes)} now: {info.path}")
    return 0
