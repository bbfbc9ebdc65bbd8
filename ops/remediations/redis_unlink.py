"""Unlinks the keys of a Redis that match a pattern, or one key that is a queue."""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.errors import ActionError, Refused
from ops.actions.redis import Key, Reader, database_lock, is_flush, named, reading, roughly, the_queue, unlink
from ops.board import Row
from ops.figures import count
from ops.runner.base import Runner

_LONGEST = 500
_PATTERN = Param(name="pattern", title="which keys (such as session:*)", kind="text", pattern=rf"(?s).{{1,{_LONGEST}}}")
_SIGNS = re.compile(r"[*?\[\]\\^]")
"""What a glob of Redis does not take as it is."""


class RedisUnlink(Action):
    """Finds keys by SCAN, counts them first, and unlinks them by UNLINK, 500 at once: never KEYS, never FLUSHALL.

    Only the database of the target's url is looked at. A pattern that takes every key is refused: that is redis.flush.
    On the row of a queue it unlinks that key alone, whatever signs its name has.
    """

    name = "redis.unlink"
    title = "unlink keys of a Redis"
    kinds: ClassVar[tuple[str, ...]] = ("redis", "queue")
    risk: ClassVar[Risk] = "loses"
    params: ClassVar[tuple[Param, ...]] = (_PATTERN,)
    timeout_s = 1800.0
    reads_s = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Best where memory is full; for a queue, to drop all that waits in it."""
        if row.kind == "queue":
            if row.target.startswith("redis:") and row.facts.get("type") in ("list", "stream", "zset"):
                title = f"drop queue {row.name} with all that waits in it"
                alone = {_PATTERN.name: _alone(row)}
                yield Offer(action=self.name, row=row.id, title=title, score=10, risk=self.risk, params=alone)
            return
        if row.word == "down" or row.at is None or row.facts.get("role") == "slave":
            return
        full = row.word in ("full", "evicting") or any(check.id == "redis.memory_percent" and check.level != "ok"
                                                       for check in row.checks)  # fmt: skip
        yield Offer(
            action=self.name,
            row=row.id,
            title="unlink keys by pattern",
            why=row.reason if full else "",
            score=90 if full else 25,
            ask=(_PATTERN,),
            risk=self.risk,
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """Count, then unlink batch by batch."""
        if case.row.kind == "queue":
            if case.params.get(_PATTERN.name, _alone(case.row)) != _alone(case.row):
                message = f"on {clean(case.row.id)} that key alone is dropped, no other pattern is taken"
                raise Refused(message, f"use it on {clean(case.row.target)} for a pattern", reason="params")
            await _one(case, runner, the_queue(case))
            return
        pattern = case.params.get(_PATTERN.name, "")
        if is_flush(pattern):
            message = f"{clean(pattern) or 'an empty pattern'} takes every key there is"
            raise Refused(message, "choose redis.flush for that, or name a prefix", reason="protocol")
        async with reading(case) as redis:
            matching = await _counted(redis, pattern, runner)
            runner.rely("pattern", pattern)
            runner.rely("keys that match", roughly(matching))
            await _all(case, runner, redis, pattern, matching)

    def interrupts(self, case: Case) -> str:
        """What is in them."""
        if case.row.kind == "queue":
            return f"all that waits in {case.row.name} is lost"
        pattern = clean(case.params.get(_PATTERN.name, "the pattern"))
        return f"what is in the keys {pattern} is lost; a cache that they were is cold until it is filled again"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: the keys are gone"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The database."""
        return (database_lock(case),)


def _alone(row: Row) -> str:
    """The pattern that means the key of a queue's row; what is dropped is that key itself, by its exact name."""
    seen = "".join(sign if sign.isprintable() else "?" for sign in _SIGNS.sub(r"\\\g<0>", row.key))
    return seen[:_LONGEST]


async def _counted(redis: Reader, pattern: str, runner: Runner) -> int:
    """How many match, told with a few names. Raises Refused where none does."""
    matching, few = 0, list[Key]()
    async for batch in redis.keys(pattern):
        matching += len(batch)
        few = few or batch
    of_all = await redis.size()
    if redis.too_long:
        runner.say(f"{redis.too_long} keys have names that are too long to be read whole: they stay")
    if not matching:
        raise Refused(f"no key matches {clean(pattern)} among {count(of_all)}", "correct the pattern", reason="missing")
    all_of_them = matching >= of_all
    of = "every key of the database" if all_of_them else f"{count(matching)} of {count(of_all)} keys"
    runner.say(f"{clean(pattern)} matches {of}, such as {named(few)}")
    return matching


async def _all(case: Case, runner: Runner, redis: Reader, pattern: str, matching: int) -> None:
    gone = 0
    async for batch in redis.keys(pattern):
        try:
            answer = await runner.do(unlink(case, batch, more=matching - gone - len(batch)))
        except ActionError as error:
            if not gone:
                raise
            message = f"{count(gone)} keys were unlinked, then it broke off: {error.message}"
            raise ActionError(message, error.remedy, reason=error.reason) from error
        if answer.value is None:
            return  # a plan: the first batch stands for all
        gone += answer.status
        runner.progress(min(1.0, gone / matching), f"{count(gone)} of {count(matching)} unlinked")
    runner.say(f"{count(gone)} keys unlinked")


async def _one(case: Case, runner: Runner, key: str) -> None:
    async with reading(case) as redis:
        kind = await redis.ask("TYPE", key)
        runner.rely(f"key {key}", kind.decode("utf-8", "replace") if isinstance(kind, bytes) else "")
        if kind == b"none":
            raise Refused(f"there is no key {clean(key)}", "nothing waits there", reason="changed")
    await runner.do(unlink(case, [key], more=0))
