"""A keeper over a real file with a clock that a test moves, and the Boards of a shop whose database can be down."""

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from ops.board import Board, Row
from ops.cause import likely_causes
from ops.config.alerting import Alerting, Receiver
from ops.config.structs import Config, Settings, StoreSettings
from ops.incidents.around import Around
from ops.incidents.book import IncidentBook
from ops.incidents.keeper import Keeper
from ops.incidents.receipts import receipt
from ops.notify.outbox import Outbox
from ops.notify.structs import Delivery, Message
from ops.store.contract import Store
from tests.parts.boards import NOW, check, row

HOOK = Receiver(name="hook", kind="webhook", url="http://127.0.0.1:9/")
PAGER = Receiver(name="pager", kind="pagerduty", key_env="KEY")
TWO = Alerting(receivers=(HOOK, PAGER))


def shop(*down: str, at: float = NOW, **more: object) -> Board:
    """api and checkout need the database; what is named in `down` does not answer."""
    needs = {"service:api": ("postgres:shop",), "service:checkout": ("postgres:shop", "service:api")}
    rows = [_row(name, needs.get(name, ()), down) for name in ("service:api", "service:checkout", "postgres:shop")]
    return board(rows, at, **more)


def board(rows: Iterable[Row], at: float = NOW, **more: object) -> Board:
    """A Board of those rows, with what they have for a likely cause."""
    whole = tuple(rows)
    made = Board(
        name="shop", environment="", mode="live", at=at, late_s=0.0, rows=whole, causes=likely_causes(whole)
    )  # fmt: skip
    return replace(made, **more)


def _row(name: str, needs: tuple[str, ...], down: tuple[str, ...]) -> Row:
    if name not in down:
        return row(name, depends_on=needs)
    kind = name.partition(":")[0]
    refused = check(f"{kind}.reach", "critical", "refuses connections", "down")
    return row(name, depends_on=needs, level="critical", word="down", reason="refuses connections", checks=(refused,))


class Kept:
    """A keeper and what it has promised; looks and deliveries as a test wants them."""

    def __init__(self, folder: Path, alerting: Alerting = TWO) -> None:
        file = folder / "watchfloor.toml"
        file.touch()
        self.now = NOW
        self.config = Config(
            path=str(file),
            settings=Settings(name="shop"),
            targets=(),
            thresholds=(),
            store=StoreSettings(path="history"),
            alerting=alerting,
        )
        self.folder = folder / "history"
        self.history: Store | None = None
        self.book = IncidentBook(self.folder, clock=lambda: self.now)
        self.begin()

    def begin(self) -> None:
        """Begin anew with what is on disk, as after a kill."""
        own = IncidentBook(self.folder, clock=lambda: self.now)
        self.keeper = Keeper(self.config, own, Around(self.config, lambda: self.history))

    def look(self, seen: Board, after_s: float = 1.0) -> int:
        """Look once, so many seconds later."""
        self.now += after_s
        return self.keeper.look(seen, self.now)

    def looks(self, seen: Board, seconds: float, every_s: float = 5.0) -> list[tuple[str, str]]:
        """Look for so long, deliver whatever is promised, and give who got which action."""
        told: list[tuple[str, str]] = []
        until = self.now + seconds
        while self.now < until:
            self.look(seen, every_s)
            told += [(message.receiver, message.action) for message in self.deliver()]
        return told

    def deliver(self) -> list[Message]:
        """Have all that waits taken."""
        found = []
        with self.book.reading() as connection:
            box = Outbox(connection)
            for name in box.receivers():
                while waiting := box.waiting(name):
                    for message in waiting:
                        box.begin(message.id)
                        sent = Delivery(outcome="sent", said="answered 200", receipt="taken")
                        found.append(box.done(message.id, sent, self.now, None, receipt))
        return sorted(found, key=lambda message: message.id)
