"""The demo's shop as tests have it mended: its config without this machine's own matters, its jobs, its times."""

import sys
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import tomli_w

from ops.demo.faults import Fault
from ops.demo.shop import Demo
from ops.jobs.book import JobBook
from ops.jobs.structs import Job
from tests.parts.wait import until


class Mended(NamedTuple):
    """One fault, from its injection to the verified fix."""

    fault: str
    how: str
    fix: str
    seen_s: float
    """From the injection until the floor showed that something fails."""
    asked_s: float
    """From the injection until the job was asked for."""
    verified_s: float
    """From the injection until the job had verified it."""

    @property
    def told(self) -> str:
        """A line of the table."""
        return (
            f"{self.fault:14} {self.how:7} {self.fix:20} {self.seen_s:7.1f} {self.asked_s:7.1f} {self.verified_s:9.1f}"
        )


HEAD = f"{'fault':14} {'how':7} {'fix':20} {'seen':>7} {'asked':>7} {'verified':>9}   seconds after it was injected"
FIXES = {
    "kill-service": "restart catalog",
    "slow-service": "restart payments",
    "error-service": "restart payments",
    "hang-service": "restart catalog",
    "stop-postgres": "start postgres",
    "lock-chain": "free the locks",
    "stop-worker": "start worker",
    "fill-redis": "empty redis",
    "burn-cpu": "end the batch job",
}
"""By fault: the `[[fix]]` that mends it."""


def config_without(demo: Demo, sections: Collection[str], name: str) -> Path:
    """A copy of the demo's config without some sections, with a history of its own beside it."""
    tables = tomllib.loads(demo.config_path.read_text())
    kept = {section: table for section, table in tables.items() if section not in sections}
    if "host" in sections:
        kept["threshold"] = [each for each in kept["threshold"] if not each["metric"].startswith("host.")]
        kept["fix"] = [fix for fix in kept["fix"] if fix["name"] != FIXES["burn-cpu"]]
    folder = demo.directory / name
    folder.mkdir(mode=0o700)
    path = folder / "watchfloor.toml"
    path.touch(mode=0o600)
    path.write_text(tomli_w.dumps({**kept, "store": {"path": str(folder / "history")}}))
    return path


def once_good(config: Path) -> Path:
    """The same, in which one good reading shows that something is well: for who proves something else."""
    tables = tomllib.loads(config.read_text())
    for kind in ("service", "postgres", "redis"):
        tables[kind] = [{**one, "successes": 1} for one in tables[kind]]
    config.write_text(tomli_w.dumps(tables))
    return config


def book_of(config: Path) -> JobBook:
    """The jobs of such a config."""
    return JobBook(config.parent / "history")


def floor_of(config: Path, *options: str) -> tuple[str, ...]:
    """The command line of the floor over it."""
    return (sys.executable, "-m", "tui", "--config", str(config), *options)


def ended(book: JobBook, number: int, within_s: float) -> Job:
    """Wait for the end of a job."""

    def has_ended() -> bool:
        job = book.job(number)
        return job is not None and not job.runs

    until(has_ended, f"the end of {book.job(number)}: {[line.text for line in book.output(number)]}", within_s)
    job = book.job(number)
    assert job is not None
    return job


def mended(fault: Fault, how: str, job: Job, injected: float) -> Mended:
    """What the job's own record says of it; `injected` in UTC seconds."""
    request = job.request
    assert request.failing_since is not None
    assert job.ended_at is not None
    times = (request.failing_since - injected, request.asked_at - injected, job.ended_at - injected)
    return Mended(fault.name, how, request.fix, *times)
