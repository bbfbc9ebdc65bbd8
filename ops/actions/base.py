"""The whole contract of an action: what it offers for a row, what it calls, what it interrupts, how it is undone.

An action is one file in `ops/remediations` and one test; discovery brings it to the row's menu, the palette, the help,
the commands and policy. It reads through the clients of `collectors` and changes things through the `Runner` alone: run
with a `DryRunner` the very same code is the plan. It can be run twice.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from ops.board import Row
from ops.config.structs import Config, TargetSpec

if TYPE_CHECKING:
    from ops.runner.base import Runner

Risk = Literal["safe", "interrupts", "loses"]
"""safe: nobody notices; interrupts: users may notice for a while; loses: something can't be brought back."""


class Param(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must be known before it can run."""

    name: str
    title: str
    """For the line that asks for it: "how many replicas"."""
    kind: Literal["text", "int", "duration", "size", "choice", "pick"] = "text"
    """`pick`: one of what `Action.picks` reads; `choice`: one of `choices`."""
    default: str = ""
    """"" means that it must be given."""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """A regular expression that a text must match whole."""
    least: float | None = None
    most: float | None = None
    """Of figures, in seconds and bytes for durations and sizes."""


class Pick(msgspec.Struct, frozen=True, kw_only=True):
    """One of the things that a `pick` parameter can mean now, as it was read."""

    value: str
    """With its exact identity: "4711@1763712000.123" (pid and start), so that another one is never meant."""
    text: str
    """What a person sees, sanitized."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An action that fits a row, with parameters."""

    action: str
    """Name of the action: "container.restart"."""
    row: str
    """Id of the row that it acts on."""
    title: str
    """What it does to what, sanitized: "restart container web-1"."""
    why: str = ""
    """Why it fits the row's state: "it has been unhealthy for 3 min"."""
    score: int = 50
    """How well it fits, 0 to 100: 90 and more mends the very state; 50 helps often; 10 is possible."""
    params: Mapping[str, str] = {}
    ask: tuple[Param, ...] = ()
    """What is still to be asked."""
    risk: Risk = "interrupts"
    fix: str = ""
    """Name of the `[[fix]]` that it comes from."""
    verify_row: str = ""
    """Row whose checks prove it; "" means the row that it acts on, or the one that it was chosen on."""
    within_s: float = 60.0
    """How long those checks may take to be good again."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What an action is given: the row as it was just read, how to reach its target, and the parameters."""

    row: Row
    rows: Sequence[Row]
    """All rows of the same target, with the row."""
    spec: TargetSpec
    """The target: settings and secrets, for the reading clients of `collectors`."""
    config: Config
    params: Mapping[str, str] = {}
    fix: str = ""

    def number(self, name: str) -> int:
        """A parameter as a whole number; it was checked against its Param."""
        return int(self.params[name])


class Action(ABC):
    """One way to put something right. Instances have no state; all that it needs is in the Case.

    The class docstring is its help. Client libraries are imported where they are first used.
    """

    name: ClassVar[str]
    """"container.restart"; the module is called container_restart."""
    title: ClassVar[str]
    """"restart a container"."""
    kinds: ClassVar[tuple[str, ...]]
    """Kinds of rows that it can be offered for."""
    risk: ClassVar[Risk]
    params: ClassVar[tuple[Param, ...]] = ()
    timeout_s: ClassVar[float] = 300.0
    """After so long the run is ended."""
    reads_s: ClassVar[float] = 5.0
    """How long what its plan needs may take to be read."""
    expected_s: ClassVar[float | None] = None
    """How long users are interrupted, where nothing was measured yet; None: unknown, or not at all if it is safe."""

    @abstractmethod
    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """The ways in which it fits a row (one of its kinds); none where it does not. Pure and quick: no I/O."""

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """What a `pick` parameter can be now, at most 200. Raises CollectError."""
        raise NotImplementedError(f"{self.name} has nothing to pick for {param.name}")

    @abstractmethod
    async def run(self, case: Case, runner: "Runner") -> None:
        """Do it, every effect by `runner.do`. Called with a DryRunner to make the plan.

        What the plan shows and the run depends on is said with `runner.rely` after it was read and before the first
        effect. Raises ActionError, Refused, and CollectError of reading clients; may be cancelled at any await.
        """

    @abstractmethod
    def interrupts(self, case: Case) -> str:
        """What it interrupts or loses, one sentence; "" for nothing."""

    @abstractmethod
    def undone(self, case: Case) -> str:
        """How it is undone, one sentence: "start it again with container.start", or why it can't be."""

    def proves(self, row: Row) -> tuple[str, ...]:
        """Ids of the checks of the row that is looked at which show that it worked, whatever else is bad there.

        None: those that were bad when it was planned, which is right for all that mends something.
        """
        return ()

    def undo(self, case: Case) -> Offer | None:
        """The action that undoes it, offered by the job's page; None where there is none."""
        return None

    def locks(self, case: Case) -> tuple[str, ...]:
        """What nobody else may act on meanwhile: names, the same for everybody who means the same thing."""
        return (case.row.key or f"{case.config.settings.name}/{case.row.id}",)
