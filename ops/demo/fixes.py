"""The fixes of the demo's config: one for each fault, each by the shop's own means or a built-in action."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import ops
from ops.demo.fill import FILLER
from ops.demo.plan import QUEUE, SERVICES, WORKERS, Plan

Table = dict[str, object]
_AUTO: Table = {"after": 3, "grace": "3s", "cooldown": "10s", "max_per_hour": 3}


def _mend(plan: Plan, row: str, *words: str) -> Table:
    argv = [sys.executable, "-m", "ops.demo.mend", plan.directory, *words]
    house = str(Path(next(iter(ops.__path__))).parent)
    return {"kind": "command", "row": row, "argv": argv, "folder": house, "timeout": "30s"}


def _fix(name: str, about: str, when: Mapping[str, object], run: Mapping[str, object], verify_row: str) -> Table:
    verify = {"row": verify_row, "within": "30s"}
    return {"name": name, "about": about, "when": when, "run": run, "verify": verify, "auto": _AUTO}


def _drain(plan: Plan) -> Table:
    """Where somebody looks at the queue; policy starts the worker as soon as that is gone."""
    queue = f"queue:cache/{QUEUE}"
    run = _mend(plan, "process:worker", "restart", "worker")
    verify = {"row": queue, "within": "30s"}
    return {
        "name": f"drain {QUEUE}",
        "about": "its worker is started",
        "when": {"row": queue},
        "run": run,
        "verify": verify,
    }


def fix_tables(plan: Plan, host: str) -> Iterator[Table]:
    """What mends the shop, as `[[fix]]` tables."""
    for name in SERVICES:
        when = {"service": name}
        run = _mend(plan, f"process:{name}", "restart", name)
        yield {**_fix(f"restart {name}", "its process is ended and started", when, run, f"service:{name}"), **_SHORT}
    for name in WORKERS:
        run = _mend(plan, f"process:{name}", "restart", name)
        gone = {"row": f"process:{name}", "state": "exited"}
        yield _fix(f"start {name}", "its process is started", gone, run, f"process:{name}")
    yield _drain(plan)
    run = _mend(plan, "process:postgres", "restart", "postgres")
    when = {"row": "process:postgres", "state": "exited"}
    yield {**_fix("start postgres", "the server is started", when, run, "postgres:shop"), **_SHORT}
    when = {"row": "postgres:shop", "state": "locked"}
    yield _fix("free the locks", "the head of the tree is ended", when, {"kind": "postgres.unblock"}, "postgres:shop")
    when = {"row": "redis:cache", "state": "full"}
    empty = {"kind": "redis.unlink", "set": {"pattern": f"{FILLER}*"}}
    # What fills it is nobody's: the demo put it there.
    yield {**_fix("empty redis", "what fills it is unlinked", when, empty, "redis:cache"), "loses": False}
    cool = _mend(plan, f"host:{host}", "end", "burn-cpu")
    yield _fix(
        "end the batch job",
        "what burns the CPU is ended",
        {"row": f"host:{host}", "state": "busy"},
        cool,
        f"host:{host}",
    )


_SHORT: Table = {"interrupts": "2s"}
