"""The SLO report as text for people: the sections that such a report has, in their usual order, with units."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ops.board import Budget
from ops.figures import count, duration
from ops.past.marks import named
from ops.past.structs import BudgetDetail, Spend
from ops.past.wall import Zone, wall_clock
from ops.slo.quantiles import SKETCH
from ops.slo.report import Report, SloReport, Verdict, overall, verdict
from ops.store.contract import Correction
from tui.cli.output import glyphs
from tui.panes import promises

OVERALL: dict[Verdict, str] = {"met": "PASS", "breached": "FAIL", "no data": "NO DATA"}
STATUS: dict[Verdict, str] = {"met": "OK", "breached": "BREACHED", "no data": "NO DATA"}
_WORST_SHOWN = 5
_SPELLS_SHOWN = 10


def text(report: Report, zone: Zone) -> str:
    """The whole report as lines; moments in `zone`."""
    head = ["SERVICE LEVEL OBJECTIVE REPORT", "=" * 60, "", f"Timestamp: {moment(report.at, zone)}"]
    head.append(f"Overall Status: {OVERALL[report.verdict]}")
    if report.generated:
        head.append("Data: generated for trying things out, not recorded")
    blocks = ["\n".join(block) for slo in report.slos for block in _slo(slo, zone)]
    return "\n".join(["\n".join(head), *[f"\n{block}" for block in blocks]]) + "\n"


def _slo(slo: SloReport, zone: Zone) -> Iterator[list[str]]:
    yield [heading(slo, zone), "-" * 60]
    yield from (block for block in (_availability(slo), _latency(slo), _errors(slo), _budgets(slo)) if block)
    yield ["Budget by day (spent):", *indented(days_table(slo))]
    yield ["Worst ten minutes:", *indented(worst_lines(slo, zone))]
    yield ["Outages and what they cost:", *indented(spell_lines(slo, zone))]
    yield ["Corrections:", *indented(correction_lines(slo.corrections, zone))]


def heading(slo: SloReport, zone: Zone) -> str:
    """Which SLO, over which window, and how much of that is known."""
    known = max((detail.budget.known_s for detail in slo.objectives), default=0.0)
    excluded = max((detail.budget.excluded_s for detail in slo.objectives), default=0.0)
    left_out = f", {duration(excluded)} taken out" if excluded else ""
    window = f"{slo.window} from {moment(slo.start, zone)}"
    return f"{slo.name} ({slo.row}): {window}, {known_text(known)} of it known{left_out}"


def known_text(known_s: float) -> str:
    """How much is known: "29d23h", or "nothing"."""
    return duration(known_s) if known_s else "nothing"


def _availability(slo: SloReport) -> list[str]:
    found = of_kind(slo, "availability")
    if found is None:
        return []
    budget = found.budget
    seen = promises.seen(budget) or promises.unseen(budget)
    slices = f" (of slices of {duration(budget.slice_s)})" if budget.slice_s else ""
    lines = ["Availability:", f"  SLI: {seen}{slices}", f"  SLO: {promises.objective(budget)}"]
    return [*lines, f"  Status: {STATUS[verdict(budget)]}"]


def _latency(slo: SloReport) -> list[str]:
    lines = [f"Latency ({SKETCH}):"]
    for name, observed in (("p50", slo.p50_s), ("p95", slo.p95_s), ("p99", slo.p99_s)):
        found = of_kind(slo, name)
        shown = "no data" if observed is None else duration(observed)
        if found is None:
            lines.append(f"  {name}: {shown} (no SLO)")
        else:
            limit = duration(found.budget.limit_s)
            lines.append(f"  {name}: {shown} (SLO: {limit}) {_sign(found.budget)}")
    for detail in slo.objectives:
        if detail.budget.kind == "latency":
            seen = promises.seen(detail.budget) or promises.unseen(detail.budget)
            limit = duration(detail.budget.limit_s)
            promised = f"{detail.budget.objective_percent:g}%"
            lines.append(f"  within {limit}: {seen} (SLO: {promised}) {_sign(detail.budget)}")
    return lines


def _errors(slo: SloReport) -> list[str]:
    found = of_kind(slo, "errors")
    seen = error_rate(slo)
    if found is None:
        return ["Error Rate:", f"  {seen} (no SLO)"]
    promised = f"{100 - found.budget.objective_percent:.6g}%"
    return ["Error Rate:", f"  {seen} (SLO: at most {promised}) {_sign(found.budget)}"]


def _budgets(slo: SloReport) -> list[str]:
    lines = ["Error Budget:"]
    for detail in slo.objectives:
        budget = detail.budget
        if len(slo.objectives) > 1:
            lines.append(f"  {budget.kind}:")
        indent = "    " if len(slo.objectives) > 1 else "  "
        lines.append(f"{indent}Remaining: {remaining(budget)}{_left(budget)}")
        lines.append(f"{indent}Status: {budget_status(budget)}")
        lines += [f"{indent}{line}" for line in _burning(detail)]
    return lines


def _left(budget: Budget) -> str:
    if budget.bad_left_s is None:
        return ""
    bad = f"{count(budget.bad)} bad of {count(budget.total)}"
    return f" ({duration(max(0.0, budget.bad_left_s))} may still fail; {bad})"


def _burning(detail: BudgetDetail) -> Iterator[str]:
    budget = detail.budget
    if budget.burn_1h:
        yield f"Burn: {promises.times(budget.burn_1h)} in the last hour"
    if budget.exhausted_in_s is not None:
        yield f"Exhausted in: {duration(budget.exhausted_in_s)} at this burn"
    if budget.alert:
        yield f"Alert: {budget.why or budget.alert}"
    if detail.at_end_ratio is not None and budget.burn_1h:
        yield f"At the end of the window at this burn: {promises.percent(detail.at_end_ratio)}"


def budget_status(budget: Budget) -> str:
    """What a budget's state is called: OK while anything is left."""
    if budget.remaining_ratio is None:
        return "NO DATA"
    return "OK" if budget.remaining_ratio > 0 else "EXHAUSTED"


def remaining(budget: Budget) -> str:
    """What is left of the budget: "50.0%"; negative when it is overspent."""
    return promises.unseen(budget) if budget.remaining_ratio is None else promises.percent(budget.remaining_ratio)


def error_rate(slo: SloReport) -> str:
    """What failed of all events of an SLO, or why that is not known."""
    found = of_kind(slo, "availability")
    if slo.error_ratio is None:
        return promises.unseen(found.budget) if found else "no data"
    return error_percent(slo.error_ratio)


def error_percent(ratio: float) -> str:
    """An error rate, with what is not nothing never told as 0 %."""
    percent = ratio * 100
    return f"{percent:.3f}".rstrip("0").rstrip(".") + "%" if not 0 < percent < 0.001 else "<0.001%"


def days_table(slo: SloReport) -> list[list[str]]:
    """What each day spent of each objective's budget, as cells, with a heading; [] when nothing is known."""
    kinds = [detail.budget.kind for detail in slo.objectives]
    by_day: dict[float, dict[int, Spend]] = {}
    for place, detail in enumerate(slo.objectives):
        for day in detail.days:
            by_day.setdefault(day.start, {})[place] = day
    if not by_day:
        return []
    zone = zone_of(slo.time_zone)
    table = [["day", *kinds]]
    for start in sorted(by_day):
        cells = [_spent(by_day[start].get(place)) for place in range(len(kinds))]
        table.append([f"{wall_clock(start, zone):%Y-%m-%d}", *cells])
    return table


def _spent(spend: Spend | None) -> str:
    return "-" if spend is None else promises.percent(spend.spent_ratio)


def worst_lines(slo: SloReport, zone: Zone) -> list[list[str]]:
    """The worst stretches of all objectives, most spent first, as cells."""
    found = sorted(
        ((spend, detail.budget.kind) for detail in slo.objectives for spend in detail.worst),
        key=lambda pair: -pair[0].spent_ratio,
    )
    return [[_stretch(spend, zone), kind, *_cost(spend), _happened(spend)] for spend, kind in found[:_WORST_SHOWN]]


def spell_lines(slo: SloReport, zone: Zone) -> list[list[str]]:
    """Each unbroken outage of what counts as failed, newest first, as cells."""
    found = next((d for d in slo.objectives if d.budget.kind in ("availability", "errors")), None)
    if found is None:
        return []
    lines = [[_stretch(spend, zone), *_cost(spend), _happened(spend)] for spend in found.spells[:_SPELLS_SHOWN]]
    more = len(found.spells) - len(lines)
    return [*lines, [f"and {more} more"]] if more else lines


def correction_lines(corrections: Sequence[Correction], zone: Zone) -> list[list[str]]:
    """Each correction as cells: number, from, to, why, by whom, and whether it was undone."""
    return [
        [
            f"#{one.id}",
            one.slo,
            f"{moment(one.start, zone)} to {moment(one.end, zone)}",
            f"{one.reason} ({one.author})",
            f"undone by {one.undone_by or 'someone'}" if one.undone_at is not None else "",
        ]
        for one in corrections
    ]


def check_lines(budgets: Sequence[Budget]) -> list[str]:
    """One line for each objective: its status, what was promised and seen, and what is left of its budget."""
    found = overall(verdict(budget) for budget in budgets)
    cells = [
        [
            f"{_sign_of(verdict(budget))} {STATUS[verdict(budget)]}",
            budget.id,
            promises.seen(budget) or promises.unseen(budget),
            f"(SLO: {promises.objective(budget)})",
            f"budget {remaining(budget)}",
            f"known {known_text(budget.known_s)} of {promises.window(budget)}",
        ]
        for budget in budgets
    ]
    return [f"{OVERALL[found]}: {_counted(budgets)}", *(line.removeprefix("  ") for line in indented(cells))]


def _counted(budgets: Sequence[Budget]) -> str:
    found = [verdict(budget) for budget in budgets]
    if overall(found) == "no data":
        return f"{len(found)} objectives" if len(found) > 1 else "1 objective"
    words = ((STATUS[each], found.count(each)) for each in ("breached", "no data", "met"))
    return ", ".join(f"{number} {word}" for word, number in words if number)


def _cost(spend: Spend) -> tuple[str, str]:
    return f"{count(spend.bad)} of {count(spend.total)} bad", f"spent {promises.percent(spend.spent_ratio)}"


def _happened(spend: Spend) -> str:
    return "; ".join(dict.fromkeys(named(mark) for mark in spend.happened))


def _stretch(spend: Spend, zone: Zone) -> str:
    return f"{moment(spend.start, zone)}, {duration(spend.end - spend.start)}"


def indented(cells: Sequence[Sequence[str]]) -> list[str]:
    """Cells as aligned columns; "none" for none."""
    if not cells:
        return ["  none"]
    columns = max(len(line) for line in cells)
    widths = [max((len(line[place]) for line in cells if place < len(line)), default=0) for place in range(columns)]
    padded = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)) for line in cells]
    return [f"  {line}".rstrip() for line in padded]


def of_kind(slo: SloReport, kind: str) -> BudgetDetail | None:
    """The objective of that kind, if the SLO has one."""
    return next((detail for detail in slo.objectives if detail.budget.kind == kind), None)


def _sign(budget: Budget) -> str:
    found = verdict(budget)
    return f"{_sign_of(found)} BREACHED" if found == "breached" else _sign_of(found)


def _sign_of(found: Verdict) -> str:
    signs = glyphs().levels
    return {"met": signs["ok"], "breached": signs["critical"], "no data": signs["unknown"]}[found]


def zone_of(name: str) -> Zone:
    """A zone of the IANA database by its name; the config has checked it."""
    return ZoneInfo(name)


def moment(at: float, zone: Zone) -> str:
    """A moment with its offset from UTC, to the second: "2026-01-30T14:30:00+00:00"."""
    return datetime.fromtimestamp(at, zone or UTC).astimezone(zone).isoformat(timespec="seconds")
