"""Faults of the demo mended on a real shop by policy, with no key; and a busy machine, by keys too."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ops.demo.faults import find
from ops.demo.shop import Demo
from tests.parts.command import ROOT
from tests.parts.mended import FIXES, Mended, book_of, config_without, floor_of
from tests.parts.mending import ENDED_WITHIN_S, by_keys, by_policy, named, policy, times
from tests.parts.need import need
from tests.parts.others import Others
from tests.parts.shop import a_shop, all_healthy
from tests.parts.tmux import screen
from tests.parts.wait import until

TOGETHER = (
    (("slow-service", "stop-worker", "lock-chain"), ("kill-service", "fill-redis")),
    (("stop-postgres", "error-service"), ("hang-service",)),
)
"""For policy: what fails at once, each by itself."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    need(shutil.which("tmux"), "tmux")
    with a_shop() as demo:
        yield demo


@pytest.fixture(autouse=True)
def _healed(shop: Demo) -> None:
    """Whatever a test before this one left."""
    asyncio.run(shop.heal())


@pytest.fixture(scope="module")
def table() -> Iterator[list[Mended]]:
    with times() as rows:
        yield rows


@pytest.mark.parametrize("rounds", TOGETHER, ids=lambda rounds: "; ".join(map(", ".join, rounds)))
def test_each_is_mended_by_policy_without_a_key_and_nothing_else_is_touched(
    shop: Demo, table: list[Mended], rounds: tuple[tuple[str, ...], ...]
) -> None:
    until(lambda: all_healthy(shop.plan), "all services to be well", ENDED_WITHIN_S)
    config = config_without(shop, {"docker", "host", "backup"}, f"policy-{rounds[0][0]}")
    with policy(config):
        for names in rounds:
            until(lambda: all_healthy(shop.plan), "all services to be well", ENDED_WITHIN_S)
            table += by_policy(shop, config, [find(name) for name in names])
    jobs = book_of(config).jobs()
    told = (config.parent / "told").read_text()
    expected = sorted(FIXES[name] for names in rounds for name in names)
    assert sorted(job.request.fix for job in jobs) == expected, f"what only suffers is left alone\n{told}"
    assert {job.request.by.via for job in jobs} == {"policy"}


@contextmanager
def unless_others_keep_it_busy() -> Iterator[None]:
    """A machine that is as busy without the fault can't be mended of it."""
    with Others("ops.demo.burn").watched() as others:
        try:
            yield
        except AssertionError as error:
            if others.keep_it_busy:
                pytest.skip(f"this machine is kept busy by others: {others.told}")
            error.add_note(others.told)
            raise


def test_a_busy_machine_is_mended_with_three_keys_and_by_policy(shop: Demo, table: list[Mended]) -> None:
    # A fault like any other, but whoever runs these tests may keep it busy himself: it comes alone.
    fault = find("burn-cpu")
    config = config_without(shop, {"docker", "backup"}, "keys-burn")
    with screen(*floor_of(config), environment={"PYTHONPATH": str(ROOT)}) as floor:
        try:
            floor.until(lambda text: "payments ✓ up" in " ".join(text.split()) and not named(fault)(text))
        except AssertionError:
            pytest.skip("this machine is kept busy by others")
        with unless_others_keep_it_busy():
            table.append(by_keys(shop, floor, book_of(config), fault))
    config = config_without(shop, {"docker", "backup"}, "policy-burn")
    with policy(config), unless_others_keep_it_busy():
        table.extend(by_policy(shop, config, [fault]))
    # While others keep it busy too a try may not verify, and is made again; nothing else is done.
    jobs = book_of(config).jobs()
    assert {job.request.fix for job in jobs} == {FIXES[fault.name]}
    assert [job.verdict for job in jobs].count("verified") == 1
