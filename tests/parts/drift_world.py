"""A part of a host that is agreed on, changed in many ways at once, and put right by each fix that is offered.

Each change is of a thing of its own, so that what they show together says what each of them shows alone.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from msgspec import json

from collectors.text import LINE_LIMIT, clean
from ops.actions.errors import ActionError
from ops.drift.structs import Difference
from ops.store.places import store_folder
from tests.parts.drift_stage import Stage

CANARY = "canary-0d1f7a"
"""Stands in every secret of a world: values of environments, passwords, keys, addresses."""
_TRIES = 3
"""How often what a fix of one fact left of its item is put right by what is offered for that."""


class Mutation(NamedTuple):
    """One way in which things change, and all that it must show."""

    says: str
    shows: Mapping[str, Sequence[str]]
    """ "changed git:shop#commit" to the names of all fixes that are offered for it, best first. Names of a world stand
    in braces."""
    change: Callable[[Any], object]
    """Do it to what the world is made of; again after it was put right."""
    undo: Callable[[Any], object] | None = None
    """Bring back what no fix does."""
    refused: Mapping[str, str] = {}
    """What fixes say, by their names, that are offered for it and can't be done."""

    def told(self, names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """What it shows in a world with these names."""
        return {told.format_map(names): tuple(fixes) for told, fixes in self.shows.items()}

    def fixes(self, names: Mapping[str, str]) -> list[tuple[str, str]]:
        """Each difference with each fix for it."""
        return [(told, fix) for told, fixes in self.told(names).items() for fix in fixes]


class World(NamedTuple):
    """What is changed."""

    stage: Stage
    sources: Sequence[str]
    parts: Any
    """What changes are done to."""
    names: Mapping[str, str]
    mutations: Sequence[Mutation]
    ours: Callable[[str], bool] = lambda path: True
    """Whether a path is of this world: a machine is shared with other tests."""
    at_once: int = 6
    """Fixes that are done at the same time."""
    looks: int = 50
    """How often it is looked at before anything is changed."""


class Proof(NamedTuple):
    """What came of it."""

    untouched: list[str]
    """What differed before anything was changed."""
    shown: dict[str, tuple[str, ...]]
    """All that the changes showed, with what was offered for it."""
    by_hand: dict[str, str]
    """What a person is told to do where nothing is offered."""
    failed: dict[tuple[str, str], str]
    """Fixes that did not do what they are for, and why."""
    left: list[str]
    """What still differed after all fixes of one round."""
    leaks: list[str]
    """Where a secret was told, or a text that a terminal could act upon."""


async def prove(world: World) -> Proof:
    """Agree, change everything, look, and put it right as often as there are fixes for one change."""
    await world.stage.desk.capture("agreed", only=world.sources, by="ann")
    untouched = [told for _ in range(world.looks) for told in await look(world)]
    _change(world, world.mutations)
    found = await look(world)
    desk = world.stage.desk
    shown = {told: tuple(world.stage.offered(one)) for told, one in found.items()}
    leaks = told_wrongly(world, found)
    by_hand = {told: desk.by_hand(found[told]) for told, fixes in shown.items() if not fixes}
    failed: dict[tuple[str, str], str] = {}
    left: list[str] = []
    for number in range(max(1, *(len(one.fixes(world.names)) for one in world.mutations))):
        meant = [one for one in world.mutations if len(one.fixes(world.names)) > number]
        if number:
            _change(world, meant)
            found = await look(world)
        failed |= await _fix(world, found, [one.fixes(world.names)[number] for one in meant], leaks)
        left += await _rest(world, meant if number else world.mutations, leaks)
    return Proof(untouched, shown, by_hand, failed, left, [*leaks, *kept_wrongly(world)])


async def look(world: World) -> dict[str, Difference]:
    """What differs of this world now: "changed git:shop#commit"."""
    found = await world.stage.desk.detect(only=world.sources)
    return {f"{one.kind} {one.path}": one for one in found.differences if world.ours(one.path)}


def told_wrongly(world: World, found: Mapping[str, Difference]) -> list[str]:
    """Differences that hold a secret, or whose path or row is not inert, each as it goes to screens and into JSON."""
    leaks = []
    for told, one in found.items():
        row = world.stage.desk.row(one, 1.0)
        said = json.encode(one) + json.encode(row)
        if CANARY.encode() in said:
            leaks.append(f"{told} holds a secret")
        texts = (one.path, row.name, row.reason, *(str(value) for value in row.facts.values()))
        if not all(clean(text, LINE_LIMIT) == text for text in texts):
            leaks.append(f"{told} is not inert")
    return leaks


def kept_wrongly(world: World) -> list[str]:
    """Files of the state folder that hold a secret: baselines, findings, history; not what a fix put aside."""
    state = store_folder(world.stage.config)
    files = [file for file in state.rglob("*") if file.is_file() and "aside" not in file.parts]
    assert files
    return [f"{file} holds a secret" for file in files if CANARY.encode() in file.read_bytes()]


def _change(world: World, mutations: Sequence[Mutation]) -> None:
    for mutation in mutations:
        mutation.change(world.parts)


async def _fix(
    world: World, found: Mapping[str, Difference], wanted: Sequence[tuple[str, str]], leaks: list[str]
) -> dict[tuple[str, str], str]:
    """Plan and do each; gives those that failed."""
    gate = asyncio.Semaphore(world.at_once)

    async def one(told: str, fix: str) -> str:
        if told not in found:
            return "it did not show again"
        async with gate:
            try:
                plan = await world.stage.planned(fix, found[told])
                sink = await world.stage.fix(fix, found[told], plan.seen)
            except ActionError as error:
                return f"{error.message} ({error.remedy})"
        said = [sink.text, *(call.told for call in plan.calls)]
        leaks.extend(f"{fix} of {told} says a secret" for text in said if CANARY in text)
        leaks.extend(f"{fix} of {told} says what is not inert" for _ in range(not sink.inert))
        return "" if plan.calls else "it planned nothing"

    said = await asyncio.gather(*(one(*pair) for pair in wanted))
    return {pair: why for pair, why in zip(wanted, said, strict=True) if why}


async def _rest(world: World, meant: Sequence[Mutation], leaks: list[str]) -> list[str]:
    """Put right what is left of the same items, undo what nothing puts right, and give what differs after all."""
    for mutation in meant:
        if mutation.undo is not None:
            mutation.undo(world.parts)
    mine = {told: one.refused for one in meant for told in one.told(world.names)}
    for _ in range(_TRIES):
        found = await look(world)
        offered = {
            told: [fix for fix in world.stage.offered(one) if fix not in mine[told]]
            for told, one in found.items()
            if told in mine
        }
        if not any(offered.values()):
            break
        of_items = {found[told].place.item: (told, fixes[0]) for told, fixes in offered.items() if fixes}
        await _fix(world, found, list(of_items.values()), leaks)
    return list(await look(world))


def kinds(mutations: Sequence[Mutation]) -> dict[tuple[str, str, str], bool]:
    """Source, change and fact of all that these show, and whether there is a fix for it."""
    found: dict[tuple[str, str, str], bool] = {}
    for mutation in mutations:
        for told, fixes in mutation.shows.items():
            change, _, path = told.partition(" ")
            source, _, rest = path.partition(":")
            key = (source, change, rest.partition("#")[2])
            found[key] = found.get(key, False) or bool(fixes)
    return found


def wrong(world: World, proof: Proof, mutation: Mutation) -> list[str]:
    """A sentence for each thing that is not as it should be: what it showed, and what each fix of it did."""
    expected = mutation.told(world.names)
    found = [
        f"{told}: {proof.shown.get(told, 'not shown')}, not {fixes}"
        for told, fixes in expected.items()
        if proof.shown.get(told) != fixes
    ]
    for told, fix in mutation.fixes(world.names):
        said, expects = proof.failed.get((told, fix), ""), mutation.refused.get(fix, "")
        if expects not in said or bool(said) != bool(expects):
            found.append(f"{fix} of {told}: {said or 'it was done'}")
    silent = (told for told, fixes in expected.items() if not fixes and not proof.by_hand.get(told, "").strip())
    return [*found, *(f"{told}: nobody is told what to do" for told in silent)]


def more(world: World, proof: Proof) -> list[str]:
    """What differed before anything was changed, what else was shown, and what differs after all."""
    expected = set(chain.from_iterable(one.told(world.names) for one in world.mutations))
    return [*proof.untouched, *sorted(set(proof.shown) - expected), *proof.left, *proof.leaks]
