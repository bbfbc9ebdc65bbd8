"""What is offered on a row, in which order, and why."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from collectors.units import Duration
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.board import Board, Cause, Row
from ops.config.fixing import Fix, FixParam, FixRun, FixVerify, FixWhen
from ops.fixes.offers import Shelf, offered
from ops.fixes.own import DISPOSABLE
from ops.fixes.record import weight
from ops.fixes.structs import Offered, Record
from ops.fixes.when import matches
from ops.runner.base import Runner
from tests.parts import boards


class Restart(Action):
    """Restarts a container or process: a stand-in that offers for any state."""

    name = "container.restart"
    title = "restart"
    kinds: ClassVar[tuple[str, ...]] = ("container", "process")
    risk: ClassVar[Risk] = "interrupts"
    expected_s: ClassVar[float | None] = 5.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Well or not."""
        assert row in rows
        yield Offer(action=self.name, row=row.id, title=f"restart {row.name}", score=20 if row.level == "ok" else 70)

    async def run(self, case: Case, runner: Runner) -> None:
        """Nothing."""

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """Nothing."""
        return ""


class Kill(Restart):
    """The same, less good."""

    name = "container.kill"
    expected_s = None

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """When it is not well."""
        if row.level != "ok":
            yield Offer(action=self.name, row=row.id, title=f"kill {row.name}", score=65)


class Harmless(Kill):
    """One that nobody notices."""

    risk: ClassVar[Risk] = "safe"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Always."""
        yield Offer(action=self.name, row=row.id, title="reload", risk=self.risk)


class Own(Restart):
    """A command of one's own."""

    name = "command"
    kinds: ClassVar[tuple[str, ...]] = ("*",)
    expected_s = None

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Only through a fix."""
        return ()


ACTIONS: dict[str, Action] = {action.name: action for action in (Restart(), Kill(), Own())}
WEB = boards.container("web-1", level="critical", word="unhealthy")
API = boards.service("api", level="critical", word="down", depends_on=("container:local/api-1", "postgres:shop"))
API_BOX = boards.container("api-1")
DOWN = boards.postgres(level="critical", word="down")


def shelf(*fixes: Fix, **records: Record) -> Shelf:
    kept = {(f"container.{name}", WEB.id, ""): record for name, record in records.items()}
    return Shelf(actions=ACTIONS, fixes=fixes, records=kept)


def fix(name: str = "mend", when: FixWhen | None = None, run: FixRun | None = None, **more: Any) -> Fix:
    return Fix(name=name, when=when or FixWhen(), run=run or FixRun(kind="command", argv=("true",)), **more)


def told(board: Board, *row_ids: str, on: Shelf | None = None) -> list[str]:
    found = offered(board, row_ids, on or shelf())
    return [f"{one.offer.fix or one.offer.action} {one.offer.row}" for one in found]


def test_the_better_score_comes_first() -> None:
    assert told(boards.board(WEB), WEB.id) == [f"container.restart {WEB.id}", f"container.kill {WEB.id}"]


def test_a_record_of_failures_puts_it_behind_another() -> None:
    on = shelf(restart=Record(tried=3, worked=0), kill=Record(tried=4, worked=4))
    assert told(boards.board(WEB), WEB.id, on=on)[0] == f"container.kill {WEB.id}"


def test_a_fix_of_ones_own_is_always_first_and_proven_by_the_row_it_was_chosen_on() -> None:
    given_fix = fix(when=FixWhen(service="api"), run=FixRun(kind="container.restart", container="api-1"))
    found = offered(boards.board(API, API_BOX), [API.id], shelf(given_fix))
    assert (found[0].offer.fix, found[0].offer.row, found[0].offer.verify_row) == ("mend", API_BOX.id, API.id)


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        pytest.param(FixWhen(service="api"), True, id="its service, in any bad state"),
        pytest.param(FixWhen(service="web"), False, id="another service"),
        pytest.param(FixWhen(row="service:a*"), True, id="a glob over ids"),
        pytest.param(FixWhen(row="service:[a"), False, id="a glob that is none"),
        pytest.param(FixWhen(service="api", state="down"), True, id="the very state"),
        pytest.param(FixWhen(service="api", state="slow"), False, id="another state"),
        pytest.param(FixWhen(service="api", level="warning"), True, id="at least that level"),
    ],
)
def test_a_fix_is_offered_where_its_when_matches(when: FixWhen, fits: bool) -> None:
    assert bool(told(boards.board(API), API.id, on=shelf(fix(when=when)))) == fits


def test_a_row_that_is_ok_needs_no_fix_of_ones_own() -> None:
    board = boards.board(boards.service("api"))
    assert told(board, "service:api", on=shelf(fix(when=FixWhen(service="api")))) == []


def test_what_a_failing_row_needs_is_offered_with_the_reason() -> None:
    box = boards.container("api-1", level="critical", word="exited")
    found = offered(boards.board(API, box), [API.id], shelf())
    assert [one.explains for one in found] == [f"api needs {box.id}, which is exited"] * 2
    assert found[0].offer.verify_row == ""


def test_the_container_of_a_service_is_offered_also_when_it_is_well_and_the_service_proves_it() -> None:
    (one,) = offered(boards.board(API, API_BOX), [API.id], shelf())
    assert (one.offer.score, one.offer.verify_row, one.explains) == (0, API.id, f"api runs in {API_BOX.id}")


def test_from_a_row_that_is_well_the_likely_cause_comes_first() -> None:
    fine = boards.container("fine")
    cause = Cause(row=WEB.id, text="container web-1 is unhealthy", affected=())
    found = offered(boards.board(fine, WEB, causes=(cause,)), [fine.id], shelf())
    assert [one.offer.row for one in found] == [WEB.id, WEB.id, fine.id]
    assert found[0].explains == "likely cause: container web-1 is unhealthy"


def test_of_several_rows_only_what_fits_all_grouped_by_action() -> None:
    fine = boards.container("fine")
    assert told(boards.board(WEB, fine), WEB.id, fine.id) == [
        f"container.restart {WEB.id}",
        f"container.restart {fine.id}",
    ]
    assert told(boards.board(WEB, API), WEB.id, API.id) == []


def test_of_many_rows_none_is_left_out() -> None:
    many = [boards.container(f"c{place}", level="critical", word="unhealthy") for place in range(300)]
    found = told(boards.board(*many), *(row.id for row in many))
    assert len(found) == 600
    assert found[:300] == [f"container.restart {row.id}" for row in many]


def test_nothing_is_offered_in_the_past_nor_for_a_row_that_is_gone() -> None:
    assert told(boards.board(WEB, mode="replayed"), WEB.id) == []
    assert told(boards.board(WEB), WEB.id, "container:local/gone") == []
    assert told(boards.board(WEB)) == []


def test_a_fix_that_does_what_was_discovered_takes_its_place() -> None:
    same = fix(when=FixWhen(row=WEB.id), run=FixRun(kind="container.restart"), about="restart the web")
    found = offered(boards.board(WEB), [WEB.id], shelf(same))
    assert [(one.offer.fix, one.offer.title) for one in found] == [("mend", "mend"), ("", "kill web-1")]
    assert found[0].offer.why.startswith("restart the web")


@pytest.mark.parametrize(
    ("word", "checks", "fits"),
    [
        pytest.param("busy", (), True, id="the row's own word"),
        pytest.param("zombies", (("zombies", False), ("busy", False)), True, id="a second trouble of the row"),
        pytest.param("busy", (("zombies", False), ("busy", True)), False, id="what still has to stand a while"),
        pytest.param("zombies", (("zombies", False),), False, id="another trouble"),
    ],
)
def test_a_fix_for_a_state_looks_at_every_check_that_counts(
    word: str, checks: Sequence[tuple[str, bool]], fits: bool
) -> None:
    bad = tuple(
        replace(boards.check(f"host.{said}", "warning", "x", said), pending=pending) for said, pending in checks
    )
    host = boards.row("host:vm", level="warning", word=word, checks=bad)
    assert matches(FixWhen(row="host:*", state="busy"), host, counted=True) == fits
    assert matches(FixWhen(row="host:*", state="busy"), host) == (fits or any(said == "busy" for said, _ in checks))


def test_what_mends_the_cause_comes_before_what_mends_its_consequences() -> None:
    box = boards.row("process:db", kind="process", level="critical", word="exited")
    down = boards.postgres(level="critical", word="down", depends_on=(box.id,))
    failing = boards.service("web", level="critical", word="down", depends_on=(down.id,))
    ours = fix("restart web", FixWhen(service="web"))
    theirs = fix("start the server", FixWhen(row=down.id), FixRun(kind="command", row=box.id))
    cause = Cause(row=box.id, text="process db exited", affected=(failing.id, down.id))
    board = boards.board(failing, down, box, boards.service("well"), causes=(cause,))
    on = shelf(ours, theirs)
    for chosen in (failing.id, down.id, box.id, "service:well"):
        assert told(board, chosen, on=on)[0] == f"start the server {box.id}", chosen
    first = offered(board, [failing.id], on)[0]
    assert (first.explains, first.offer.verify_row) == ("likely cause: process db exited", down.id)


def test_of_two_causes_the_likelier_is_mended_first_whatever_the_record() -> None:
    full, loops = boards.row("redis:cache", level="critical"), boards.row("process:api", level="warning")
    web = boards.service("web", level="critical", word="down", depends_on=(full.id, loops.id))
    ours = [fix(f"mend {row.name}", FixWhen(row=row.id)) for row in (loops, full)]
    causes = [Cause(row=row.id, text="why", affected=(web.id,)) for row in (full, loops)]
    records = {("command", loops.id, "mend api"): Record(tried=9, worked=9)}
    on = Shelf(actions=ACTIONS, fixes=ours, records=records)
    found = offered(boards.board(web, full, loops, causes=tuple(causes)), [web.id], on)
    assert [one.offer.fix for one in found[:2]] == ["mend cache", "mend api"]


def test_what_mends_the_cause_is_offered_before_what_it_is_meant_for_was_asked_again() -> None:
    box = boards.row("process:api", kind="process", level="critical", word="exited")
    api = boards.service("api", depends_on=(box.id,))
    web = boards.service("web", level="warning", word="failing", depends_on=(api.id,))
    ours = fix("restart api", FixWhen(service="api", state="down"), FixRun(kind="command", row=box.id))
    board = boards.board(web, api, box, causes=(Cause(row=box.id, text="process api exited", affected=(web.id,)),))
    for chosen in (web.id, api.id, box.id):
        assert told(board, chosen, on=shelf(ours))[0] == f"restart api {box.id}", chosen
    calm = boards.board(api, boards.row("process:api", kind="process"))
    assert f"restart api {box.id}" not in told(calm, api.id, on=shelf(ours))


def test_what_is_meant_for_the_cause_comes_before_what_acts_on_it_for_another() -> None:
    worker = boards.row("process:worker", kind="process", level="critical", word="exited")
    queue = boards.row("queue:cache/emails", kind="queue", depends_on=(worker.id,))
    drain = fix("drain emails", FixWhen(row=queue.id), FixRun(kind="command", row=worker.id))
    start = fix("start worker", FixWhen(row=worker.id))
    for row in (queue, replace(queue, level="warning", word="growing")):
        affected = () if row.level == "ok" else (row.id,)
        causes = (Cause(row=worker.id, text="process worker exited", affected=affected),)
        board = boards.board(worker, row, boards.service("web"), causes=causes)
        assert told(board, "service:web", on=shelf(drain, start))[0] == f"start worker {worker.id}"


@pytest.mark.parametrize(
    ("said", "usual", "risk"),
    [
        pytest.param(None, "loses", "loses", id="not said: as the action is"),
        pytest.param(False, "loses", "interrupts", id="what goes is disposable"),
        pytest.param(True, "interrupts", "loses", id="more is lost than the action knows"),
    ],
)
def test_whoever_wrote_the_config_knows_what_is_lost(said: bool | None, usual: Risk, risk: Risk) -> None:
    class Flush(Restart):
        """Empties it."""

        name = "container.flush"

        def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
            """Always."""
            yield Offer(action=self.name, row=row.id, title="flush", risk=usual)

    given_fix = fix(when=FixWhen(row=WEB.id), run=FixRun(kind="container.flush"), loses=said)
    found = offered(boards.board(WEB), [WEB.id], Shelf(actions={"container.flush": Flush()}, fixes=(given_fix,)))
    assert found[0].offer.risk == risk
    assert found[0].offer.why.endswith(DISPOSABLE) is (risk == "interrupts"), "it stands in the menu too"


def test_a_fix_fills_in_what_it_knows_and_asks_the_rest() -> None:
    run = FixRun(
        kind="command",
        argv=("x", "{color}", "{size}"),
        set={"count": 3},
        params={"color": FixParam(title="which color", choices=("red", "blue")), "size": FixParam(default="small")},
    )
    one = fix(when=FixWhen(service="api"), run=run, loses=True, verify=FixVerify(within=Duration(9), service="web"))
    (found,) = offered(boards.board(API), [API.id], shelf(one))
    assert dict(found.offer.params) == {"count": "3", "size": "small"}
    assert found.offer.ask == (Param(name="color", title="which color", kind="choice", choices=("red", "blue")),)
    assert (found.offer.risk, found.offer.verify_row, found.offer.within_s) == ("loses", "service:web", 9)


def test_a_fix_means_the_offer_that_takes_what_it_sets_also_where_another_is_better() -> None:
    class End(Restart):
        """One, or all that last too long."""

        name = "container.end"

        def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
            """The one is better now, and would ask."""
            which, longer = (Param(name=name, title=name) for name in ("which", "longer"))
            yield Offer(action=self.name, row=row.id, title="one", score=60, ask=(which,))
            yield Offer(action=self.name, row=row.id, title="all", score=5, ask=(longer,))

    one = fix(when=FixWhen(row=WEB.id), run=FixRun(kind="container.end", set={"longer": "5m"}))
    found = offered(boards.board(WEB), [WEB.id], Shelf(actions={"container.end": End()}, fixes=(one,)))
    assert (found[0].offer.fix, found[0].offer.ask, dict(found[0].offer.params)) == (one.name, (), {"longer": "5m"})


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(FixRun(kind="no.such"), id="an action that there is not"),
        pytest.param(FixRun(kind="container.restart"), id="a row of another kind"),
        pytest.param(FixRun(kind="container.restart", container="gone"), id="a container that is not there"),
        pytest.param(FixRun(kind="container.restart", row="container:local/gone"), id="a row that is not there"),
    ],
)
def test_a_fix_that_can_act_on_nothing_is_not_offered(run: FixRun) -> None:
    assert told(boards.board(API), API.id, on=shelf(fix(when=FixWhen(service="api"), run=run))) == []


def test_the_price_is_measured_else_as_the_fix_says_else_as_the_action_does() -> None:
    board = boards.board(WEB)
    restart = {one.offer.action: one.price.interrupted_s for one in offered(board, [WEB.id], shelf())}
    assert restart == {"container.restart": 5.0, "container.kill": None}, "nobody knows, so it is not none"
    mended = fix(when=FixWhen(row=WEB.id), run=FixRun(kind="container.kill"))
    for loses, seconds in ((False, 0.0), (True, None)):
        on = Shelf(actions={"container.kill": Harmless()}, fixes=(replace(mended, loses=loses),))
        assert offered(board, [WEB.id], on)[0].price.interrupted_s == seconds
    measured = shelf(restart=Record(tried=1, worked=1, interrupted_s=7.0))
    assert offered(board, [WEB.id], measured)[0].price.interrupted_s == 7.0
    own = fix(when=FixWhen(row=WEB.id), interrupts=Duration(3))
    assert offered(board, [WEB.id], shelf(own))[0].price.interrupted_s == 3.0
    assert offered(board, [WEB.id], shelf(fix(when=FixWhen(row=WEB.id))))[0].price.interrupted_s is None


ROWS = st.builds(
    lambda place, level, word, needs, name: boards.row(
        f"container:local/c{place}", level=level, word=word, depends_on=tuple(needs), name=name, target="docker:local"
    ),
    place=st.integers(0, 5),
    level=st.sampled_from(["ok", "unknown", "warning", "critical"]),
    word=st.sampled_from(["up", "down", "waiting", "stale"]),
    needs=st.lists(st.integers(0, 6).map(lambda n: f"container:local/c{n}"), max_size=4),
    name=st.text(max_size=30),
)
FLOORS = st.lists(ROWS, min_size=1, max_size=6, unique_by=lambda row: row.id)


@given(rows=FLOORS, tries=st.dictionaries(st.sampled_from(["restart", "kill"]), st.integers(0, 9)))
def test_every_order_keeps_the_rule_and_every_text_can_be_shown(rows: list[Row], tries: dict[str, int]) -> None:
    board = boards.board(*rows, causes=(Cause(row=rows[-1].id, text="it\x1b[31m", affected=(rows[0].id,)),))
    own = fix(when=FixWhen(row="container:*"), run=FixRun(kind="container.restart"))
    records = {
        (f"container.{name}", row.id, ""): Record(tried=9, worked=worked)
        for row in rows
        for name, worked in tries.items()
    }
    on = Shelf(actions=ACTIONS, fixes=(own,), records=records)
    found = offered(board, [rows[0].id], on)
    explained = rows[0].level == "ok" or rows[0].id in (rows[-1].id, board.causes[0].affected[0])

    def rank(one: Offered) -> int:
        at_cause = explained and one.offer.row == rows[-1].id
        if at_cause and (one.offer.fix or one.offer.score >= 50 or rows[0].level == "ok"):
            return 0 if one.offer.fix else 1
        return 2 if one.offer.fix else 3

    ranks = [(rank(one), not one.offer.fix, -one.offer.score - weight(one.record)) for one in found]
    assert ranks == sorted(ranks)
    shown = [text for one in found for text in (one.offer.title, one.offer.why, one.explains)]
    assert shown == [clean(text, LINE_LIMIT) for text in shown]
    keys = [(one.offer.fix, one.offer.action, one.offer.row) for one in found]
    assert len(keys) == len(set(keys))
