"""What AUTO_FIX=true and `watchfloor drift detect --fix` put right without a person: what the config allows."""

import asyncio
import time
from typing import TYPE_CHECKING

from ops.redact import shown
from tui.cli.output import complain, say

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.drift.auto import Done
    from ops.drift.desk import DriftDesk
    from ops.drift.structs import Difference, Findings

_NAMED = 20


def run(desk: "DriftDesk", config: "Config", found: "Findings", *, quiet: bool) -> "Done":
    """Do what may be done, each as a job by policy; say so unless `quiet`, and what is left to a person."""
    from ops.config.drifted import settings, with_drift
    from ops.drift.auto import Done, Left, choose, put_right
    from ops.fixes.desk import FixDesk

    fixes, now = FixDesk(with_drift(config)), time.time()
    if fixes.read_only:
        done = Done((), tuple(Left(one, fixes.read_only) for one in found.drift))
    else:
        chosen, left = choose(found, settings(config).auto_fix, desk.offers, fixes.jobs(), now)

        def tell(one: "Difference", said: str) -> None:
            if not quiet:
                say(f"{one.path}: {shown(said)}")

        done = asyncio.run(put_right(desk, fixes, chosen, lambda some: desk.board(some, time.time()), tell))
        done = Done(done.jobs, (*done.left, *left))
    if not quiet:
        _tell_left(done)
    return done


def _tell_left(done: "Done") -> None:
    for one in done.left[:_NAMED]:
        complain(f"left to a person: {one.difference.path}: {one.why}")
    if len(done.left) > _NAMED:
        complain(f"left to a person: {len(done.left) - _NAMED} more")
