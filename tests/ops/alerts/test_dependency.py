"""What follows from what: one outage, one page."""

import pytest

from ops.alerts.dependency import Dependencies
from ops.alerts.structs import Alert
from ops.board import Board, Cause
from tests.parts.alerts import alert
from tests.parts.boards import NOW, board, budget, row

DATABASE = alert("postgres:shop", "database-down")
CAUSE = Cause(row="postgres:shop", text="postgres shop is down", affected=("service:api", "service:web"))
FLOOR = board(
    row("service:api", level="critical", since=NOW - 100), row("postgres:shop", level="critical"), causes=(CAUSE,)
)
BURN = alert("slo:api availability", "burn-page", active_at=NOW - 600)


def burnt(level: str, since: float) -> Board:
    """A floor with a budget that burns, and its service at that level."""
    return board(row("service:api", level=level, since=since), budgets=(budget("api", burn=20.0),))


@pytest.mark.parametrize(
    ("picture", "others", "one", "follows"),
    [
        pytest.param(FLOOR, [DATABASE], alert(), True, id="it depends on what is down"),
        pytest.param(FLOOR, [DATABASE], alert("service:docs"), False, id="it depends on something else"),
        pytest.param(FLOOR, [DATABASE], DATABASE, False, id="the cause itself follows from nothing"),
        pytest.param(FLOOR, [], alert(), False, id="nobody is told of the cause"),
        pytest.param(
            FLOOR, [alert("postgres:shop", state="pending", fired_at=None)], alert(), False, id="the cause only waits"
        ),
        pytest.param(
            FLOOR, [alert("postgres:shop", "connections", severity="warning")], alert(), False,
            id="the cause is not as grave",
        ),
        pytest.param(
            FLOOR, [alert("postgres:shop", "slow", severity="warning"), DATABASE], alert(), True,
            id="the gravest alert of the cause counts",
        ),
        pytest.param(FLOOR, [DATABASE], alert(severity="warning"), True, id="what is less grave follows too"),
        pytest.param(burnt("critical", NOW - 90), [alert()], BURN, True, id="a budget burns with its service"),
        pytest.param(burnt("critical", NOW - 90), [], BURN, False, id="but is told where nothing of the service is"),
        pytest.param(burnt("ok", NOW - 90), [], BURN, True, id="it burns on after the service is well again"),
        pytest.param(burnt("ok", NOW - 900), [], BURN, False, id="it began to burn while the service was well"),
        pytest.param(
            burnt("ok", NOW - 90), [], alert("slo:api availability", "burn-page", active_at=NOW - 7200), False,
            id="it burnt for longer than what was before explains",
        ),
    ],
)  # fmt: skip
def test_dependencies(picture: Board, others: list[Alert], one: Alert, follows: bool) -> None:
    assert bool(Dependencies(picture, [*others, one]).of(one)) is follows


def test_what_lies_between_is_held_itself_and_holds_what_hangs_on_it() -> None:
    between, above = alert(), alert("service:web")
    hops = (
        Cause(row="postgres:shop", text="postgres shop is down", affected=("service:api",)),
        Cause(row="service:api", text="api is down", affected=("service:web",)),
    )
    picture = board(row("service:api", level="critical"), row("service:web", level="critical"), causes=hops)
    follows = Dependencies(picture, [DATABASE, between, above])
    assert [bool(follows.of(one)) for one in (DATABASE, between, above)] == [False, True, True]


def test_it_says_from_what() -> None:
    said = Dependencies(FLOOR, [DATABASE, alert()]).of(alert())
    assert said == "service:api depends on postgres:shop, and database-down/postgres:shop is told of: no answer"
