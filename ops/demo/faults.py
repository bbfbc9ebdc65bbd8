"""The faults that the demo can inject: what each one does and what a correct floor shows then."""

from typing import NamedTuple


class Fault(NamedTuple):
    """One real fault."""

    name: str
    title: str
    """What it does, in a few words for a menu."""
    shows: str
    """What is to be seen on the floor, in one sentence."""
    row: str
    """Id of the row that shows it; `*` matches any text."""
    words: tuple[str, ...]
    """Words of which at least one stands in that row's state or reason."""
    cause: tuple[str, ...]
    """Ids of rows of which one is named as the likely cause; `*` matches any text."""
    lasts_s: float = 300.0
    """It heals by itself after this."""


FAULTS = (
    Fault(
        "kill-service",
        "kill the process of catalog",
        "catalog is down (connection refused), its process is gone, and checkout and web fail because of it",
        "service:catalog",
        ("down",),
        ("process:catalog", "service:catalog"),
    ),
    Fault(
        "slow-service",
        "make payments answer 1.2 s late",
        "payments is slow, and so are checkout and web, which wait for it",
        "service:payments",
        ("slow",),
        ("service:payments",),
    ),
    Fault(
        "error-service",
        "make payments answer 500",
        "payments is down by its status 500, and checkout and web fail because of it",
        "service:payments",
        ("down",),
        ("service:payments",),
    ),
    Fault(
        "hang-service",
        "make catalog accept and never answer",
        "catalog is down by timeout while its process runs; nothing else on the floor waits for it",
        "service:catalog",
        ("down",),
        ("service:catalog",),
    ),
    Fault(
        "stop-postgres",
        "stop PostgreSQL",
        "postgres refuses connections; catalog, checkout and web are down because of it",
        "postgres:shop",
        ("down",),
        ("process:postgres", "postgres:shop"),
    ),
    Fault(
        "lock-chain",
        "hold a lock chain in PostgreSQL",
        "two sessions are blocked behind nightly-report, which is idle in transaction",
        "postgres:shop",
        ("blocked", "locked", "waiting", "idle"),
        ("postgres:shop",),
    ),
    Fault(
        "stop-worker",
        "stop the worker",
        "the worker's process is gone and the queue emails grows: it never drains",
        "queue:cache/emails",
        ("full", "growing", "grows", "backlog", "ready"),
        ("process:worker", "queue:cache/emails"),
    ),
    Fault(
        "fill-redis",
        "fill Redis up to maxmemory",
        "redis is full and takes no writes (noeviction); payments, checkout and web are down because of it",
        "redis:cache",
        ("full", "memory"),
        ("redis:cache",),
    ),
    Fault(
        "drop-table",
        "drop the table of the products",
        "catalog is down: its table does not exist; only a backup of the shop has it (B, then a restore of the table)",
        "service:catalog",
        ("down",),
        ("service:catalog",),
    ),
    Fault(
        "lose-database",
        "stop PostgreSQL and delete its directory",
        "postgres refuses connections; once it is started anew it is empty, and only a backup brings it back",
        "postgres:shop",
        ("down",),
        ("process:postgres", "postgres:shop"),
    ),
    Fault(
        "burn-cpu",
        "keep every core busy (nice 19)",
        "the host's CPU is busy; the floor itself goes on answering",
        "host:*",
        ("cpu", "busy"),
        ("host:*",),
        lasts_s=120.0,
    ),
)


class UnknownFaultError(Exception):
    """There is no fault with that name."""


def find(name: str) -> Fault:
    """The fault with that name. Raises UnknownFaultError with the names that there are."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise UnknownFaultError(f"no fault is called {name!r}; there are {', '.join(fault.name for fault in FAULTS)}")
