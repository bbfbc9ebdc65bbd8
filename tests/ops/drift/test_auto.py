"""What may be put right without a person: asked for, named by the config, harmless, not tried in vain, not too much."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ops.actions.base import Offer, Param, Risk
from ops.drift.auto import MOST, Chosen, choose, is_asked, put_right, still
from ops.drift.source import DriftError
from ops.drift.structs import Difference, Findings, Head
from ops.fixes.structs import Offered, Price, Record
from ops.jobs.structs import By, Job, Proof, Request, Verdict
from tests.parts.boards import board

NOW = 1_800_000_000.0
HEAD = Head(name="agreed", id="1", at=NOW, host="web-1", user="ann", version="1")
PATH = "files:/etc/hosts#text"


def findings(*paths: str, **more: Any) -> Findings:
    """These paths differ."""
    return Findings(
        at=NOW, baseline=HEAD, differences=tuple(Difference(path=path, kind="changed", **more) for path in paths)
    )


def offered(difference: Difference, risk: Risk = "safe", ask: Sequence[Param] = (), allowed: str = "") -> Offered:
    """One way to put it right."""
    row = f"drift.difference:web-1/{difference.path}"
    offer = Offer(action="drift.restore", row=row, title="restore it", risk=risk, ask=tuple(ask))
    return Offered(offer=offer, record=Record(), price=Price(), allowed=allowed)


def tried(verdict: Verdict, before_s: float, user: str = "policy") -> Job:
    """A job that was at it."""
    row = f"drift.difference:web-1/{PATH}"
    by = By(user=user, uid=0, via="policy" if user == "policy" else "command")
    request = Request(
        config="", action="drift.restore", row=row, title="x", proof=Proof(row=row), by=by, asked_at=NOW - before_s
    )
    return Job(id=7, request=request, state="ended", verdict=verdict, ended_at=NOW - before_s)


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        pytest.param("true", True, id="as S0 writes it"),
        pytest.param("TRUE", True, id="in capitals"),
        pytest.param("false", False, id="false"),
        pytest.param("", False, id="empty"),
    ],
)
def test_whether_the_environment_asks_for_it(value: str, asked: bool) -> None:
    assert is_asked({"AUTO_FIX": value}) is asked
    assert not is_asked({})


@pytest.mark.parametrize(
    ("offer", "jobs", "why"),
    [
        pytest.param({}, [], "", id="harmless"),
        pytest.param({"risk": "interrupts"}, [], "", id="it interrupts, and the config says that it may"),
        pytest.param({"risk": "loses"}, [], "restore it loses something: a person must do it", id="it loses"),
        pytest.param({"allowed": "read-only"}, [], "read-only", id="not allowed here"),
        pytest.param({"ask": [Param(name="n", title="how many")]}, [], "restore it needs n", id="something is asked"),
        pytest.param({"ask": [Param(name="n", title="how many", default="1")]}, [], "", id="asked, with a default"),
        pytest.param({}, [tried("unverified", 60)], "job 7 tried it 1m ago: unverified", id="in vain just now"),
        pytest.param({}, [tried("failed", 7200)], "", id="in vain long ago"),
        pytest.param({}, [tried("verified", 60)], "", id="it worked before"),
        pytest.param({}, [tried("failed", 60, "ann")], "", id="somebody else tried it in vain"),
    ],
)
def test_which_fix_is_begun_without_a_person(offer: dict[str, Any], jobs: list[Job], why: str) -> None:
    chosen, left = choose(findings(PATH), ("files:*",), lambda one: [offered(one, **offer)], jobs, NOW)

    assert [one.why for one in left] == ([why] if why else [])
    assert len(chosen) == (not why)


def test_only_what_the_config_names_only_what_counts_and_only_so_many_at_a_time() -> None:
    paths = [f"files:/etc/{n:03}" for n in range(MOST + 2)]
    found = findings(*paths, "images:local/web#id")
    ignored = Difference(path="files:/etc/motd", kind="changed", ignored="files:/etc/motd")
    found = Findings(at=NOW, baseline=HEAD, differences=(*found.differences, ignored))

    chosen, left = choose(found, ("files",), lambda one: [offered(one)], [], NOW)

    assert [one.difference.path for one in chosen] == paths[:MOST]
    assert [one.difference.path for one in left] == [*paths[MOST:], "images:local/web#id"]
    assert left[-1].why == "no auto_fix in [[drift]] means it"


def test_what_can_not_be_read_or_has_no_fix_is_left() -> None:
    unread = Findings(at=NOW, baseline=HEAD, differences=(Difference(path=PATH, kind="unreadable"),))

    assert choose(unread, ("*",), lambda one: [offered(one)], [], NOW)[1][0].why == "it can't be read"
    assert choose(findings(PATH), ("*",), lambda one: [], [], NOW)[1][0].why == "nothing is offered for it"


def test_the_first_fix_that_may_be_is_taken() -> None:
    def ways(one: Difference) -> list[Offered]:
        return [offered(one, risk="loses"), offered(one)]

    ((_, offer),) = choose(findings(PATH), ("*",), ways, [], NOW)[0]
    assert offer.risk == "safe"


class Looking:
    """A desk that finds these when it looks at one path."""

    def __init__(self, *found: Difference) -> None:
        self.found = found

    async def detect(self, **_: object) -> Findings:
        """Them."""
        return Findings(at=NOW, baseline=HEAD, differences=self.found)


async def test_what_is_not_there_any_more_is_as_agreed_and_another_value_is_still_a_difference() -> None:
    one, other = (Difference(path=PATH, kind="changed", before="a", after=after) for after in ("b", "c"))
    desk: Any = Looking()
    assert await still(desk, one) is None
    desk = Looking(other)
    assert await still(desk, one) == other


@pytest.mark.parametrize(
    "hiding",
    [
        pytest.param(Difference(path="files:/etc/hosts", kind="unreadable", reason="no right"), id="its item is dark"),
        pytest.param(Difference(path="files:/etc/hosts", kind="removed"), id="its item is gone"),
    ],
)
async def test_what_can_not_be_seen_any_more_is_not_as_agreed(hiding: Difference) -> None:
    desk: Any = Looking(hiding)
    with pytest.raises(DriftError, match="stands can't be seen"):
        await still(desk, Difference(path=PATH, kind="changed", before="a", after="b"))


class Planning:
    """Plans with that risk, and remembers whether anything was begun."""

    def __init__(self, risk: Risk) -> None:
        self.risk, self.begun = risk, 0

    async def plan(self, *_: object) -> Any:
        """One that is as grave as said, whatever the offer was."""
        return SimpleNamespace(risk=self.risk)

    async def start(self, *_: object) -> Any:
        """Nothing must begin."""
        self.begun += 1


async def test_what_would_lose_something_by_now_is_left_to_a_person() -> None:
    one = Difference(path=PATH, kind="changed", before="a", after="b")
    desk: Any = Looking(one)
    fixes: Any = Planning("loses")

    done = await put_right(desk, fixes, [Chosen(one, offered(one).offer)], lambda _: board())

    assert [left.why for left in done.left] == ["restore it loses something by now: a person must do it"]
    assert (done.jobs, fixes.begun) == ((), 0)
