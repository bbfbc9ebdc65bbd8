"""The Runner that does nothing: it writes down each call, so that a plan is the action's own code."""

from collections.abc import Awaitable, Callable

from ops.figures import duration
from ops.runner.base import Answer, Runner
from ops.runner.calls import AnyCall


class DryRunner(Runner):
    """Collects what would be called, said and waited for."""

    dry = True

    def __init__(self) -> None:
        self.steps: list[AnyCall | str] = []
        """Calls, and in between what would be said and waited for, in order."""
        self.lost: list[str] = []
        """What would be gone for good; it is among the steps too."""
        self.seen: dict[str, str] = {}
        """What the plan relies on."""

    @property
    def calls(self) -> tuple[AnyCall, ...]:
        """The calls alone."""
        return tuple(step for step in self.steps if not isinstance(step, str))

    async def do(self, call: AnyCall) -> Answer:
        """Write it down."""
        self.steps.append(call)
        return Answer()

    def say(self, text: str) -> None:
        """Write it down."""
        self.steps.append(text)

    def loses(self, what: str) -> None:
        """Write it down, and that it is lost."""
        self.steps.append(what)
        self.lost.append(what)

    def progress(self, done_ratio: float, words: str = "") -> None:
        """Nothing moves."""

    def rely(self, name: str, value: str) -> None:
        """Remember what was seen."""
        self.seen[name] = value

    async def until(self, what: str, within_s: float, look: Callable[[], Awaitable[str]]) -> None:
        """Write down what would be waited for."""
        del look
        self.steps.append(f"wait up to {duration(within_s)} until {what}")
