"""A made-up incident that is over, as a floor's folder keeps it: the book, a history, a job and an outbox."""

from pathlib import Path

from msgspec.structs import replace

from ops.incidents.book import IncidentBook
from ops.incidents.structs import Moment, MomentKind
from ops.jobs.book import JobBook
from ops.jobs.folder import JobFolder
from ops.jobs.output import OutputWriter
from ops.jobs.structs import By, Proof, Request
from ops.notify.outbox import Outbox
from ops.notify.structs import Delivery, Message
from ops.store.contract import Event, Record
from ops.store.opening import open_store
from tests.parts.promised import HOUR, MINUTE, steady
from tests.parts.stores import row

CONFIG = """[watchfloor]
name = "shop"
environment = "production"
[store]
path = "history"
[[service]]
name = "api"
url = "http://127.0.0.1:1/"
depends_on = ["postgres:shop"]
[[postgres]]
name = "shop"
dsn = "postgresql://watch@127.0.0.1:1/shop"
[[slo]]
service = "api"
objective = 99.9
window = "2d"
latency = { p95 = "60s" }
"""
BEGAN_S, LASTED_S = 2 * HOUR, 20 * MINUTE
"""So long before now it began, and so long it lasted."""
CAUSE = "postgres shop refuses connections (api depends on it)"
ALICE = By(user="alice", uid=1000, via="screen")


def night(folder: Path, now: float) -> IncidentBook:
    """Write it all below a folder: `CONFIG` as watchfloor.toml, and what was kept; gives the book, closed."""
    (folder / "watchfloor.toml").write_text(CONFIG)
    home, began = folder / "history", (now - BEGAN_S) // MINUTE * MINUTE
    _history(home, now, began)
    _job(home, began + 15 * MINUTE)
    book = IncidentBook(home, clock=lambda: now)
    book.add(_moments(began))
    with book.transaction() as connection:
        number = Outbox(connection).promise(_message(began + 14)).id
    with book._file.reading() as connection:
        Outbox(connection).begin(number)
        Outbox(connection).done(number, Delivery(outcome="sent", said="ok", receipt="dedup 1"), began + 15, None)
    book.close()
    return book


def _history(home: Path, now: float, began: float) -> None:
    store = open_store(home)
    course = steady(now - 4 * HOUR, now - MINUTE, [(began, began + LASTED_S)])
    there = (row("service:api", now - 4 * HOUR, depends_on=("postgres:shop",)), row("postgres:shop", now - 4 * HOUR))
    store.append([Record(at=now - 4 * HOUR, rows=there)])
    store.append([Record(at=at, counted={"service:api": events}) for at, events in course])
    deploy = Event(at=began - 4 * MINUTE, kind="deploy", row="postgres:shop", text="shop runs pg:17 now | <b>")
    again = (row("service:api", began + 60, depends_on=("postgres:shop",)), row("postgres:shop", began + 60))
    store.append([Record(at=began + LASTED_S, rows=again, happened=(deploy,))])
    store.close()


def _job(home: Path, at: float) -> None:
    request = Request(
        config="", action="container.start", row="postgres:shop", title="start shop-db-1", by=ALICE, asked_at=at,
        proof=Proof(row="postgres:shop"),
    )  # fmt: skip
    jobs = JobBook(home, lambda: at)
    number = jobs.create(request)
    folder = JobFolder(home / "jobs" / str(number))
    output = OutputWriter(folder.path, lambda *_: None, lambda: at)
    output.add("call", "POST /containers/shop-db-1/start")
    output.add("out", "```started```")
    output.close()
    begun = folder.job(request)
    assert begun is not None
    folder.write_end(replace(begun, state="ended", verdict="verified", began_at=at, ran_s=2.0, ended_at=at + 41))


def _moments(began: float) -> list[Moment]:
    def moment(after: float, kind: MomentKind, text: str, by: str = "", **data: str) -> Moment:
        return Moment(incident=-1, at=began + after, kind=kind, by=by, text=text, data=data)

    runbook = "look at the pool, then at the disk"
    return [
        moment(12, "opened", "shop refuses connections", title="database shop is down", priority="P1",
               began=repr(began), respond_s="900.0", runbook=runbook),
        moment(12, "alert", "shop refuses connections", alert="down/postgres:shop", severity="critical",
               row="postgres:shop", since=repr(began)),
        moment(13, "cause", CAUSE, row="postgres:shop"),
        moment(13, "change", "shop runs pg:17 now, 4m before", row="postgres:shop"),
        moment(15, "notified", "slack: delivered", receiver="slack", receipt="dedup 1"),
        moment(180, "ack", "alice has it", "alice"),
        moment(200, "role", "bob is communication", "bob", role="communication", to="bob"),
        moment(240, "note", "the disk <was> | full", "alice"),
        moment(LASTED_S, "alert", "down is over: shop", alert="down/postgres:shop", severity="", row="postgres:shop"),
        moment(LASTED_S, "resolved", "none of its alerts fires any more"),
        moment(LASTED_S + 600, "action-item", "alert on the disk", "alice", person="bob", due="2026-12-01"),
        moment(LASTED_S + 601, "action-item", "say it in the runbook", "alice"),
    ]  # fmt: skip


def _message(at: float) -> Message:
    return Message(
        group="incident=1", receiver="slack", action="firing", severity="critical", title="database shop is down",
        incident=1, made_at=at, due_at=at,
    )  # fmt: skip
