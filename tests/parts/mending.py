"""Has faults of the demo mended: by three keys on a floor in a terminal, and by policy with nobody there."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops.demo.faults import Fault
from ops.demo.shop import Demo, RemoteDemo
from ops.jobs.book import JobBook
from ops.jobs.structs import Job
from tests.parts.command import ROOT, clean_environment
from tests.parts.mended import FIXES, HEAD, Mended, book_of, ended, floor_of, mended
from tests.parts.tmux import Screen
from tests.parts.wait import until

SHOWN_WITHIN_S = 15.0
ENDED_WITHIN_S = 90.0
_CAUSE = "likely cause: "


@contextmanager
def times() -> Iterator[list[Mended]]:
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
