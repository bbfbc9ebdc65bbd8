"""What the process of a job and `ops.fixes.execute` say to each other: how the action goes, and how it ended."""

from typing import TYPE_CHECKING, Protocol

import msgspec

from ops.actions.base import Offer
from ops.jobs.structs import Request, Verdict

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.runner.base import Runner


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended."""

    verdict: Verdict
    said: str
    """One sentence: "api is ok again, 4 s after the restart"."""
    remedy: str = ""
    interrupted_s: float | None = None
    undo: Offer | None = None
    """The action that undoes it, where there is one."""


class Progress(Protocol):
    """What is told while it goes on; each becomes the job's state at once."""

    def began(self) -> None:
        """The action itself begins now: nothing was changed before."""

    def verifying(self, until: float) -> None:
        """The action is done; its proof is waited for, until then (UTC seconds) at the longest."""


class Execute(Protocol):
    """`ops.fixes.execute.execute`: reads the row again, runs the action, waits for the proof.

    Gives the Outcome also of what was refused or went wrong; what it raises is told by the job's process: Refused as
    refused, ActionError and CollectError as failed, anything else as failed too. May be cancelled at any await.
    """

    async def __call__(self, request: Request, config: "Config", runner: "Runner", on: Progress) -> Outcome:
        """Do it."""
