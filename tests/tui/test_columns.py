"""How columns share a width, and how rows are chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.columns import Cell, Column, TableRow, content_widths, fit, select

COLUMNS = (
    Column("name", "name", align="left", least=8, most=20),
    Column("state", "state", align="left", least=6),
    Column("cpu", "cpu", 2),
    Column("trend", "trend", 3, least=4, grow=1, keep_end=True),
)


def _row(name: str, *, cpu: float | None = 1.0, state: str = "up") -> TableRow:
    return TableRow(
        name, (Cell(name, sort=name), Cell(state, sort=state), Cell(f"{cpu}", sort=cpu), Cell("▁▂▃▄▅▆", sort=cpu))
    )


ROWS = (_row("web", cpu=3.0), _row("api", cpu=12.5, state="down"), _row("Mail", cpu=None))


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        pytest.param(60, ["name", "state", "cpu", "trend"], id="there is room for all"),
        pytest.param(19, ["name", "state", "cpu"], id="the least important goes first"),
        pytest.param(12, ["name", "state"], id="then the next"),
        pytest.param(5, ["name", "state"], id="what matters most stays in any width"),
    ],
)
def test_columns_drop_by_priority(width: int, kept: list[str]) -> None:
    fitted = fit(COLUMNS, content_widths(COLUMNS, ROWS), width)
    assert [COLUMNS[index].key for index, _ in fitted.columns] == kept


def test_a_column_that_says_nothing_anywhere_is_left_out() -> None:
    quiet = [TableRow("a", (Cell("a"), Cell("up"), Cell("1"), Cell("")))]
    assert content_widths(COLUMNS, quiet)[3] == 0


def test_what_grows_takes_what_is_left() -> None:
    fitted = fit(COLUMNS, content_widths(COLUMNS, ROWS), 60)
    assert sum(width for _, width in fitted.columns) + 3 * fitted.gap == 60


@given(
    st.integers(1, 250),
    st.lists(
        st.builds(
            Column,
            st.text(max_size=3),
            st.text("abc", max_size=8),
            st.integers(0, 9),
            least=st.integers(0, 12),
            most=st.integers(0, 30),
            grow=st.integers(0, 3),
        ),
        min_size=1,
        max_size=10,
    ),
    st.data(),
)
def test_no_table_is_wider_than_its_place_once_it_may_drop_columns(
    width: int, columns: list[Column], data: st.DataObject
) -> None:
    wanted = [data.draw(st.integers(0, 40)) for _ in columns]
    fitted = fit(columns, wanted, width)
    used = sum(w for _, w in fitted.columns) + fitted.gap * (len(fitted.columns) - 1)
    always = sum(1 for column, want in zip(columns, wanted, strict=True) if column.priority == 0 and want)
    assert used <= max(width, 2 * max(always, 1))


@pytest.mark.parametrize(
    ("options", "names"),
    [
        pytest.param({}, ["web", "api", "Mail"], id="unsorted rows stay as the pane gave them"),
        pytest.param({"reverse": True}, ["Mail", "api", "web"], id="and can be turned round"),
        pytest.param({"column": 0}, ["api", "Mail", "web"], id="names go from A to Z whatever their case"),
        pytest.param({"column": 2}, ["api", "web", "Mail"], id="figures go from the largest down, unknown last"),
        pytest.param({"column": 2, "reverse": True}, ["web", "api", "Mail"], id="unknown stays last when reversed"),
        pytest.param({"text": "AP"}, ["api"], id="a filter ignores case"),
        pytest.param({"text": "down"}, ["api"], id="a filter looks into every cell"),
        pytest.param({"text": "a", "inverse": True}, ["web"], id="an inverse filter hides"),
        pytest.param({"text": "nothing"}, [], id="nothing may be left"),
    ],
)
def test_rows_are_chosen(options: dict[str, object], names: list[str]) -> None:
    defaults: dict[str, object] = {"text": "", "inverse": False, "column": None, "reverse": False}
    chosen = select(ROWS, **(defaults | options))  # type: ignore[arg-type]
    assert [row.id for row in chosen] == names


def test_a_look_has_no_sort_value() -> None:
    assert _row("a").look() == _row("a")._replace(cells=tuple(c._replace(sort=9.0) for c in _row("a").cells)).look()
