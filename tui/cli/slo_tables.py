"""The SLO report as Markdown, and its objectives as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC

from collectors.text import no_formula
from ops.board import Budget
from ops.markdown import escaped, table
from ops.past.structs import BudgetDetail
from ops.past.wall import Zone
from ops.slo.report import Report, SloReport, verdict
from tui.cli import slo_text
from tui.panes import promises

CSV_HEAD = (
    "slo",
    "objective",
    "row",
    "window",
    "start",
    "end",
    "known_s",
    "excluded_s",
    "total",
    "bad",
    "sli_percent",
    "slo_percent",
    "limit_s",
    "observed_s",
    "remaining_percent",
    "bad_left_s",
    "burn_1h",
    "alert",
    "status",
)


def markdown(report: Report, zone: Zone) -> str:
    """The report for a wiki or a pull request: the same sections as the text, as tables."""
    lines = ["# Service level objective report", "", f"- Timestamp: {slo_text.moment(report.at, zone)}"]
    lines.append(f"- Overall status: **{slo_text.OVERALL[report.verdict]}**")
    if report.generated:
        lines.append("- Data: generated for trying things out, not recorded")
    for slo in report.slos:
        lines += _section(slo, zone)
    return "\n".join(lines) + "\n"


def _section(slo: SloReport, zone: Zone) -> list[str]:
    lines = ["", f"## {escaped(slo_text.heading(slo, zone))}", ""]
    lines += table(("objective", "promised", "seen", "status", "budget remaining", "budget"), _objectives(slo))
    lines += ["", f"Error rate: {slo_text.error_rate(slo)}"]
    days = slo_text.days_table(slo)
    lines += _titled("Budget by day (spent)", days[0] if days else (), days[1:])
    lines += _titled(
        "Worst ten minutes", ("when", "objective", "bad", "spent", "what happened"), slo_text.worst_lines(slo, zone)
    )
    lines += _titled(
        "Outages and what they cost", ("when", "bad", "spent", "what happened"), slo_text.spell_lines(slo, zone)
    )
    corrections = slo_text.correction_lines(slo.corrections, zone)
    return [*lines, *_titled("Corrections", ("number", "slo", "when", "why", "undone"), corrections)]


def _objectives(slo: SloReport) -> Iterator[list[str]]:
    for detail in slo.objectives:
        budget = detail.budget
        promised, seen = promises.objective(budget), promises.seen(budget) or promises.unseen(budget)
        status = slo_text.STATUS[verdict(budget)]
        yield [budget.kind, promised, seen, status, slo_text.remaining(budget), slo_text.budget_status(budget)]


def _titled(title: str, head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    return ["", f"### {title}", "", *(table(head, body) if body else ["none"])]


def objectives_csv(report: Report) -> str:
    """One line for each objective; times in UTC, percentages as numbers."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CSV_HEAD)
    for slo in report.slos:
        writer.writerows(_csv_line(slo, detail) for detail in slo.objectives)
    return stream.getvalue()


def _csv_line(slo: SloReport, detail: BudgetDetail) -> list[object]:
    budget = detail.budget
    window = (slo.window, slo_text.moment(slo.start, UTC), slo_text.moment(slo.end, UTC))
    counts = (_number(budget.known_s), _number(budget.excluded_s), budget.total, budget.bad)
    promise = (_percent(budget.sli_ratio), budget.objective_percent, budget.limit_s, _number(budget.observed_s))
    left = (_percent(budget.remaining_ratio), _number(budget.bad_left_s), _number(budget.burn_1h))
    return [no_formula(slo.name), budget.kind, no_formula(slo.row), *window, *counts, *promise, *left, *_state(budget)]


def _state(budget: Budget) -> tuple[str, str]:
    return budget.alert, verdict(budget)


def _percent(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio * 100:.9g}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.9g}"
