"""What `watchfloor drift` writes about differences that are meant: accept them, and take that back."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.figures import several
from tui.cli.drift_shared import check_known, declare_paths, may_write, meant
from tui.cli.incident_shared import Declared
from tui.cli.output import say, say_json
from tui.cli.settings import load_config

if TYPE_CHECKING:
    from ops.drift.desk import DriftDesk
    from ops.drift.structs import Difference, Findings

_NAMED = 20


def _declare_accept(parser: argparse.ArgumentParser) -> None:
    declare_paths(parser, "+")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why it is meant")


def _declare_withdraw(parser: argparse.ArgumentParser) -> None:
    declare_paths(parser, "+")


def _accept(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk
    from ops.drift.source import DriftError
    from ops.fixes.who import me

    config = load_config(args.config)
    may_write(config)
    desk = DriftDesk(config)
    last = _found(desk)
    if not any(head.name == desk.current() and head.id == last.baseline.id for head in desk.baselines()):
        which = f'what was found last was compared with another baseline than "{desk.current()}" as it is now'
        raise DriftError(which, "watchfloor drift detect compares anew")
    check_known(args.paths, last.differences, lambda: desk.baseline(force=True))
    found = [one for one in meant(last.differences, args.paths) if not one.ignored]
    if not found:
        raise DriftError("nothing that differs is called so", "watchfloor drift detect shows what there is")
    count = desk.accept(found, by=me("command").user, reason=args.reason)
    _tell(args, f"{several(count, 'difference')} accepted", count, found)
    return 0


def _withdraw(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk
    from ops.drift.source import DriftError

    config = load_config(args.config)
    may_write(config)
    desk = DriftDesk(config)
    found = [one for one in meant(_found(desk).differences, args.paths) if one.expected]
    count = desk.withdraw([*args.paths, *(one.path for one in found)])
    if not count:
        raise DriftError("nothing that was accepted is called so", "watchfloor drift summary --all shows what was")
    _tell(args, f"{several(count, 'acceptance')} taken back", count, found)
    return 0


def _found(desk: "DriftDesk") -> "Findings":
    """What was found last. Raises DriftError before the first detection."""
    from ops.drift.source import DriftError

    found = desk.findings()
    if found is None:
        raise DriftError("drift was not looked for yet", "watchfloor drift detect looks")
    return found


def _tell(args: argparse.Namespace, said: str, count: int, found: "Sequence[Difference]") -> None:
    paths = [one.path for one in found]
    if args.json:
        say_json({"count": count, "paths": paths})
        return
    left = len(paths) - _NAMED
    more = [f"  and {left} more"] if left > 0 else []
    say("\n".join([said, *(f"  {path}" for path in paths[:_NAMED]), *more]))


COMMANDS: tuple[Declared, ...] = (
    ("accept", "say that differences are meant, as long as they stay as they are", _declare_accept, _accept),
    ("withdraw", "take acceptances back", _declare_withdraw, _withdraw),
)
