"""The Runner's contract: every effect goes through `do`, and everything that is said comes out masked."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ops.runner.calls import AnyCall


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a call gave. In a dry run everything has its default: nothing was asked."""

    status: int = 0
    """Exit code, HTTP status, or rows affected."""
    text: str = ""
    """The beginning of what it said, at most 64 KiB; not sanitized."""
    value: Any = None
    """A decoded JSON answer, rows of SQL, replies of Redis."""


class Runner(ABC):
    """Where an action's effects go."""

    dry: bool

    @abstractmethod
    async def do(self, call: AnyCall) -> Answer:
        """Make a call. Raises ActionError when it failed; Refused when nothing was done (a process that is another)."""

    @abstractmethod
    def say(self, text: str) -> None:
        """A line for the person who watches."""

    @abstractmethod
    def loses(self, what: str) -> None:
        """Say what is gone for good ("it has written 2.9 MiB outside its volumes, which goes with the old one").

        A plan in which this is said is one that loses something, whatever its action says of itself.
        """

    @abstractmethod
    def progress(self, done_ratio: float, words: str = "") -> None:
        """How far it is, 0 to 1."""

    @abstractmethod
    def rely(self, name: str, value: str) -> None:
        """Say what the plan shows and the run depends on ("head of the tree": "4711@1763712000.1").

        Running a plan for real, raises Refused when it is not what the plan was shown with.
        """

    @abstractmethod
    async def until(self, what: str, within_s: float, look: Callable[[], Awaitable[str]]) -> None:
        """Wait until `look` gives "", asked again and again; else it says why not yet. Raises ActionError in the end.

        In a dry run nothing is waited for: `what` ("web-1 is healthy") becomes a step of the plan.
        """
