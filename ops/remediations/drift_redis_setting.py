"""Sets a setting of a Redis as it was agreed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled, target_of
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Redis

_SCORE = 85
_LOSES = ("maxmemory", "maxmemory-policy", "save", "appendonly", "appendfsync", "replicaof", "dir", "dbfilename")
"""Settings by which keys are evicted or no longer kept on disk."""


class DriftRedisSetting(DriftAction):
    """`CONFIG SET` with the agreed value: it holds at once, until the next start.

    What it starts with is in redis.conf, which only CONFIG REWRITE or a person changes. What can't be set while it
    runs is refused by Redis itself.
    """

    name = "drift.redis-setting"
    title = "set a setting of Redis"
    sources: ClassVar[tuple[str, ...]] = ("redis",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where a value has changed and the agreed one is known."""
        found = self.difference(row)
        if found is None or found.kind != "changed" or found.place.fact != "value" or not found.kept:
            return
        risk: Risk = "loses" if found.place.item.partition("/")[2] in _LOSES else self.risk
        title = f"set {found.place.item} to {found.before or 'nothing'}"
        yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Set it and look whether it holds."""
        found = await agreed(case)
        spec = target_of(case, found.path, "redis")
        name, value = found.path.item.partition("/")[2], str(found.difference.before)
        if not found.difference.kept or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise Refused(f"{clean(name)} can't be set from here", "set it in redis.conf", reason="missing")
        runner.rely(f"setting {found.path.item}", str(found.difference.after))
        runner.say("until its next start; CONFIG REWRITE keeps it")
        await runner.do(Redis(target=spec.id, commands=(("CONFIG", "SET", name, value),)))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What some settings do."""
        name = str(case.row.facts.get("item")).partition("/")[2]
        if name in _LOSES:
            return f"by {clean(name)} keys may be evicted, or no longer be kept on disk"
        return "it works by the new value at once"

    def undone(self, case: Case) -> str:
        """By the value that it had."""
        name = str(case.row.facts.get("item")).partition("/")[2]
        return f"CONFIG SET {clean(name)} {clean(case.row.facts.get('after'))}"
