"""Every fault of the demo mended on a real shop: from the keyboard in three keys, and by policy with none."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.demo.faults import Fault, find
from ops.demo.shop import Demo, RemoteDemo
from ops.jobs.book import JobBook
from ops.jobs.structs import Job
from tests.parts.command import ROOT, clean_environment
from tests.parts.mended import FIXES, HEAD, Mended, book_of, config_without, ended, floor_of, mended
from tests.parts.need import need
from tests.parts.shop import a_shop, all_healthy
from tests.parts.tmux import Screen, screen
from tests.parts.wait import until

SHOWN_WITHIN_S = 15.0
ENDED_WITHIN_S = 30.0
BY_KEYS = (
    ("stop-worker", "lock-chain", "kill-service", "slow-service", "stop-postgres"),
    ("fill-redis", "error-service", "hang-service"),
)
"""One floor after another: what failed or was restarted often in five minutes is, rightly, a trouble of its own.

A busy machine is a fault like any other, but whoever runs these tests may keep it busy himself: that one comes alone.
"""
TOGETHER = (
    (("slow-service", "stop-worker", "lock-chain"), ("kill-service", "fill-redis")),
    (("stop-postgres", "error-service"), ("hang-service",)),
)
"""For policy: what fails at once, each by itself."""
_CAUSE = "likely cause: "


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
    """Collects the times, and prints them in the end."""
    rows: list[Mended] = []
    yield rows
    print("\n" + "\n".join([HEAD, *(row.told for row in rows)]))


def inject(shop: Demo, fault: Fault) -> float:
    """Break it from outside, as a fault comes; gives when that was."""
    asyncio.run(RemoteDemo(shop.directory).inject(fault.name))
    return time.time()


def named(fault: Fault) -> Callable[[str], bool]:
    """Whether the alert line of a screen names one of the fault's causes."""
    words = []
    for row_id in fault.cause:
        kind, _, name = row_id.partition(":")
        words.append(f"{_CAUSE}{kind} {name.rpartition('/')[2].removesuffix('*')}")
    return lambda text: any(each in " ".join(text.split()) for each in words)


def all_well(text: str) -> bool:
    """Whether the floor names no cause, and everything is read."""
    plain = " ".join(text.split())
    return _CAUSE not in plain and all(words in plain for words in ("payments ✓ up", "shop ✓ up", "cache ✓ up"))


def by_keys(shop: Demo, floor: Screen, book: JobBook, fault: Fault) -> Mended:
    """Break it, and have it mended by three keys from wherever the cursor is."""
    before = len(book.jobs())
    injected = inject(shop, fault)
    floor.until(named(fault), SHOWN_WITHIN_S)
    floor.press("x")
    floor.until(f"1 {FIXES[fault.name]}")
    floor.press("Enter")
    floor.until("y run", 10)
    time.sleep(0.8)  # a yes that comes sooner was not meant
    floor.press("y")
    until(lambda: len(book.jobs()) == before + 1, f"a job for {fault.name}: {floor.text()}", 10)
    job = ended(book, book.jobs()[0].id, ENDED_WITHIN_S)
    assert (job.request.fix, job.verdict) == (FIXES[fault.name], "verified"), job
    return mended(fault, "3 keys", job, injected)


@pytest.mark.parametrize("names", BY_KEYS, ids=", ".join)
def test_each_is_mended_with_three_keys_from_wherever_the_cursor_is(
    shop: Demo, table: list[Mended], names: tuple[str, ...]
) -> None:
    config = config_without(shop, {"docker", "host"}, f"keys-{names[0]}")
    with screen(*floor_of(config), environment={"PYTHONPATH": str(ROOT)}) as floor:
        floor.until(all_well)
        for fault in map(find, names):
            until(lambda: all_healthy(shop.plan), "all services to be well", ENDED_WITHIN_S)
            table.append(by_keys(shop, floor, book_of(config), fault))
            floor.press("Tab")


@contextmanager
def policy(config: Path) -> Iterator[None]:
    """Policy at work, with nobody there."""
    with (config.parent / "told").open("wb") as output:
        process = subprocess.Popen(
            floor_of(config, "monitor", "--auto"), cwd=ROOT, env=clean_environment(), stdout=output, stderr=output
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


def by_policy(shop: Demo, config: Path, faults: Sequence[Fault]) -> list[Mended]:
    """Break it in several ways at once, and wait until each is mended."""
    book = book_of(config)
    known = {job.id for job in book.jobs()}
    injected = {fault: inject(shop, fault) for fault in faults}

    def verified(fault: Fault) -> Job | None:
        new = (job for job in book.jobs() if job.id not in known and job.verdict == "verified")
        return next((job for job in new if job.request.fix == FIXES[fault.name]), None)

    def all_verified() -> bool:
        return all(verified(fault) for fault in faults)

    try:
        until(all_verified, "policy", SHOWN_WITHIN_S + ENDED_WITHIN_S)
    except AssertionError as error:
        told = (config.parent / "told").read_text()
        raise AssertionError(f"{[(job.request.fix, job.verdict, job.said) for job in book.jobs()]}\n{told}") from error
    done = [(fault, verified(fault)) for fault in faults]
    return [mended(fault, "policy", job, injected[fault]) for fault, job in done if job is not None]


@pytest.mark.parametrize("rounds", TOGETHER, ids=lambda rounds: "; ".join(map(", ".join, rounds)))
def test_each_is_mended_by_policy_without_a_key_and_nothing_else_is_touched(
    shop: Demo, table: list[Mended], rounds: tuple[tuple[str, ...], ...]
) -> None:
    until(lambda: all_healthy(shop.plan), "all services to be well", ENDED_WITHIN_S)
    config = config_without(shop, {"docker", "host"}, f"policy-{rounds[0][0]}")
    with policy(config):
        for names in rounds:
            until(lambda: all_healthy(shop.plan), "all services to be well", ENDED_WITHIN_S)
            table += by_policy(shop, config, [find(name) for name in names])
    jobs = book_of(config).jobs()
    told = (config.parent / "told").read_text()
    expected = sorted(FIXES[name] for names in rounds for name in names)
    assert sorted(job.request.fix for job in jobs) == expected, f"what only suffers is left alone\n{told}"
    assert {job.request.by.via for job in jobs} == {"policy"}


def test_a_busy_machine_is_mended_with_three_keys_and_by_policy(shop: Demo, table: list[Mended]) -> None:
    fault = find("burn-cpu")
    config = config_without(shop, {"docker"}, "keys-burn")
    with screen(*floor_of(config), environment={"PYTHONPATH": str(ROOT)}) as floor:
        try:
            floor.until(lambda text: "payments ✓ up" in " ".join(text.split()) and not named(fault)(text))
        except AssertionError:
            pytest.skip("this machine is kept busy by others")
        table.append(by_keys(shop, floor, book_of(config), fault))
    config = config_without(shop, {"docker"}, "policy-burn")
    with policy(config):
        table.extend(by_policy(shop, config, [fault]))
    assert [job.request.fix for job in book_of(config).jobs()] == [FIXES[fault.name]]
