"""A real outage of known length spends what arithmetic says: on the Board, on the screen, in the report and as JSON."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from ops.board import Board, Budget
from ops.config.load import load
from ops.config.structs import Config
from ops.demo.shop import Demo
from ops.live import LiveSource
from ops.past.structs import BudgetDetail
from ops.slo.report import Report, make_report
from ops.store.opening import open_store
from ops.store.places import store_folder
from tests.parts.shop import a_shop
from tui.cli.entry import run
from tui.cli.slo_told import in_format
from tui.panes import budget as pane
from tui.panes.budget_detail import budget_detail
from tui.panes.promises import percent
from tui.panes.view import View

BEFORE_S, OUTAGE_S, AFTER_S = 4.0, 9.0, 3.0
WINDOW_S, ALLOWED = 7 * 86400.0, 0.005
NAME = "payments availability"


class Told:
    """What everybody says after the outage."""

    def __init__(self, config: Config, length_s: float, board: Board, detail: BudgetDetail | None) -> None:
        self.config, self.length_s, self.board, self.detail = config, length_s, board, detail
        store = open_store(store_folder(config), read_only=True)
        try:
            self.report: Report = make_report(store, config, board.at)
        finally:
            store.close()

    @property
    def budget(self) -> Budget:
        """As the Board has it."""
        return next(budget for budget in self.board.budgets if budget.id == NAME)


async def _live(demo: Demo) -> Told:
    config = load(demo.config_path)
    source = LiveSource(config, record=True)
    watching = asyncio.create_task(_watch(source))
    await asyncio.sleep(BEFORE_S)
    await demo.inject("error-service")
    begun = time.monotonic()
    await asyncio.sleep(OUTAGE_S)
    length_s = time.monotonic() - begun
    await demo.heal("error-service")
    await asyncio.sleep(AFTER_S)
    watching.cancel()
    await source.close()
    board = source._engine.picture()
    return Told(config, length_s, board, await source.past.budget(NAME, board.at, live=True))


async def _watch(source: LiveSource) -> None:
    async for _ in source.boards():
        pass


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with a_shop() as demo:
        yield asyncio.run(_live(demo))


def test_the_outage_counts_for_its_length_and_spends_what_arithmetic_says(told: Told) -> None:
    budget = told.budget
    assert budget.remaining_ratio is not None
    assert abs(budget.bad - told.length_s) <= 2, "one probe a second, and one more or less at each end"
    spent = budget.bad / budget.total * budget.known_s / WINDOW_S / ALLOWED
    assert budget.remaining_ratio == pytest.approx(1 - spent, abs=1e-12)
    assert spent * ALLOWED * WINDOW_S == pytest.approx(told.length_s, abs=2.5)


def test_others_are_not_charged_for_it(told: Told) -> None:
    others = {budget.id: budget.bad for budget in told.board.budgets if budget.kind == "availability"}
    assert others["catalog availability"] == 0
    assert others["checkout availability"] > 0, "it needs payments"


def test_report_json_and_detail_say_the_same(told: Told) -> None:
    board = told.budget
    reported = {one.budget.id: one.budget for slo in told.report.slos for one in slo.objectives}
    assert told.detail is not None
    for other in (reported[NAME], told.detail.budget):
        assert (other.bad, other.total, other.known_s) == (board.bad, board.total, board.known_s)
        assert other.remaining_ratio == board.remaining_ratio
    tree = json.loads(in_format(told.report, "json"))
    found = [one["budget"] for slo in tree["slos"] for one in slo["objectives"] if one["budget"]["id"] == NAME]
    assert [each["remaining_ratio"] for each in found] == [board.remaining_ratio]


def test_the_outage_is_one_spell_that_cost_all_that_was_spent(told: Told) -> None:
    assert told.detail is not None
    assert told.budget.remaining_ratio is not None
    spent = 1 - told.budget.remaining_ratio
    assert sum(spell.bad for spell in told.detail.spells) == told.budget.bad
    assert sum(spell.spent_ratio for spell in told.detail.spells) == pytest.approx(spent)
    assert sum(day.spent_ratio for day in told.detail.days) == pytest.approx(spent)


def test_the_screen_and_the_text_say_it_in_the_same_words(told: Told) -> None:
    left = percent(told.budget.remaining_ratio or 0.0)
    rows = pane.draw(told.board, View())
    (row,) = [row for row in rows if row.id == f"budget:{NAME}"]
    assert left in [cell.text for cell in row.cells]
    lines = budget_detail(told.budget, told.detail, "", told.board.at, 100, View().glyphs)
    page = "\n".join("".join(text for text, _ in line) for line in lines)
    assert left in page
    assert f"{told.budget.bad} bad of {told.budget.total}" in page


def test_the_command_says_so_too(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", told.config.path, "slo", "report", "--format", "json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    found = [one["budget"] for slo in tree["slos"] for one in slo["objectives"] if one["budget"]["id"] == NAME]
    assert [(each["bad"], each["total"]) for each in found] == [(told.budget.bad, told.budget.total)]
