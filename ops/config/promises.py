"""Checks `[[slo]]`: what it counts is there, it leaves an error budget, and which of its alerts can never fire."""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ops.config.lines import Path
from ops.config.names import did_you_mean, nearest_target
from ops.config.problems import Problems
from ops.config.structs import BurnWindow, FastObjective, LatencyObjective, Slo, TargetSpec
from ops.slo.calendar import span_text, zone, zone_names
from ops.slo.objectives import objectives, slo_name, slo_target
from ops.trend import is_probe

LONGEST_S = 90 * 86400.0
SHORTEST_S = 60.0
NAME_LIMIT = 100
_UNSET_WINDOW_S = 30 * 86400.0
_PERCENT = "must be more than 0 and less than 100"


def check_slos(
    slos: Mapping[Path, Slo], paths: Mapping[str, Path], targets: Sequence[TargetSpec], problems: Problems
) -> None:
    """Check each alone and all together; `paths` are the targets that are there, `targets` those that are right."""
    seen: dict[str, Path] = {}
    for path, slo in slos.items():
        _check_counted(slo, path, paths, problems)
        _check_source(slo, path, targets, problems)
        check_slo(slo, path, problems)
        _check_name(slo, path, seen, problems)


def _check_counted(slo: Slo, path: Path, paths: Mapping[str, Path], problems: Problems) -> None:
    """Either a service that is there, or a row of a target that is there."""
    if slo.service and slo.source:
        problems.add((*path, "from"), "stands beside service: only one of them can count")
    elif slo.service:
        services = sorted(target.partition(":")[2] for target in paths if target.startswith("service:"))
        if slo.service not in services:
            hint = did_you_mean(slo.service, services)
            problems.add((*path, "service"), f'there is no service "{slo.service}"; {hint}')
    elif slo.source:
        target = slo.source.partition("/")[0]
        if target not in paths:
            hint = nearest_target(target, paths)
            problems.add((*path, "from"), f'there is no target "{target}"; {hint}')
    else:
        problems.add((*path, "service"), "is missing, and so is from: one of them must be there")


def _check_source(slo: Slo, path: Path, targets: Sequence[TargetSpec], problems: Problems) -> None:
    """What `from` names counts events: a probe, an access log, a figure that counts."""
    target = next((spec for spec in targets if spec.id == slo_target(slo)), None)
    if not slo.source or target is None or _counts(slo.source, target):
        return
    every = [name for spec in targets for name in _counting(spec)]
    hint = f"; {did_you_mean(slo.source, sorted(every))}" if every else ""
    problems.add((*path, "from"), f'"{slo.source}" counts nothing that users did{hint}')


def _counts(source: str, target: TargetSpec) -> bool:
    return source in _counting(target) or (source == target.id and is_probe(target.collector.section))


def _counting(target: TargetSpec) -> tuple[str, ...]:
    return target.collector.counting(target.config)


def _check_name(slo: Slo, path: Path, seen: dict[str, Path], problems: Problems) -> None:
    """Printable, and the only one of its name; several for one service are told apart by theirs."""
    if slo.name:
        check_printable(slo.name, (*path, "name"), problems)
    name = slo_name(slo)
    if not name:
        return
    first = problems.place(seen.setdefault(name, path))
    if seen[name] is not path:
        key = "name" if slo.name else "from" if slo.source else "service"
        more = "" if slo.name else "; a name tells two apart"
        problems.add((*path, key), f'"{name}" already has an objective in {first}{more}')


def check_printable(name: str, path: Path, problems: Problems) -> None:
    """A name that can be shown and typed."""
    if not name.strip() or name != name.strip() or len(name) > NAME_LIMIT:
        problems.add(path, f"must be 1 to {NAME_LIMIT} characters, without space around them")
    elif any(unicodedata.category(char)[0] == "C" for char in name):
        problems.add(path, "must be printable")


def check_slo(slo: Slo, path: Path, problems: Problems) -> None:
    """Objectives that leave an error budget, a period that can be known, slices that hours hold whole."""
    _check_percent(slo.objective, (*path, "objective"), problems)
    if slo.errors is not None and not (0 < slo.errors < 100 and math.isfinite(slo.errors)):
        problems.add((*path, "errors"), "must be more than 0 and less than 100: percent of events that may fail")
    _check_period(slo, path, problems)
    check_zone(slo.time_zone, (*path, "time_zone"), problems)
    if slo.fast is not None:
        _check_fast(slo.fast, (*path, "fast"), problems)
    _check_latency(slo.latency, (*path, "latency"), problems)
    _check_slices(slo, path, problems)
    if slo.min_events < 0:
        problems.add((*path, "min_events"), "must be 0 or more")
    for index, window in enumerate(slo.burn):
        _check_burn(window, slo, (*path, "burn", index), problems)


def _check_percent(percent: float, path: Path, problems: Problems) -> None:
    if percent >= 100:
        problems.add(path, f"{_PERCENT}: {percent:g} % leaves no error budget")
    elif not percent > 0:
        problems.add(path, f"{_PERCENT}: {percent:g} % promises nothing")


def _check_period(slo: Slo, path: Path, problems: Problems) -> None:
    if slo.window <= 0:
        problems.add((*path, "window"), "must be more than nothing")
    elif slo.window < SHORTEST_S:
        problems.add((*path, "window"), 'must be "1m" or more: counts are kept by minute')
    elif slo.window > LONGEST_S:
        problems.add((*path, "window"), 'must be "90d" or less')
    elif slo.calendar and slo.window != _UNSET_WINDOW_S:
        problems.add((*path, "window"), "stands beside calendar: a budget is for one of them")


def check_zone(name: str, path: Path, problems: Problems) -> None:
    """A time zone that this machine knows."""
    try:
        zone(name)
    except ValueError as error:
        problems.add(path, f"{error}; {_zone_hint(name)}")


def _zone_hint(name: str) -> str:
    known = zone_names()
    hint = did_you_mean(name, known)
    return hint if hint.startswith("did") else 'names are such as "UTC" and "Europe/Berlin"'


def _check_fast(fast: FastObjective, path: Path, problems: Problems) -> None:
    if fast.under <= 0:
        problems.add((*path, "under"), "must be more than nothing")
    _check_percent(fast.objective, (*path, "objective"), problems)


def _check_latency(latency: LatencyObjective, path: Path, problems: Problems) -> None:
    named = [("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99)]
    given = [(name, limit) for name, limit in named if limit is not None]
    for name, limit in given:
        if limit <= 0:
            problems.add((*path, name), "must be more than nothing")
    for (lower_name, lower), (name, limit) in pairwise(given):
        if limit < lower:
            problems.add((*path, name), f"is less than {lower_name}, which can never be")


def _check_slices(slo: Slo, path: Path, problems: Problems) -> None:
    if slo.slice < 60 or 3600 % slo.slice or slo.slice % 60:
        problems.add((*path, "slice"), 'must be whole minutes that an hour can be cut into: "1m", "5m", "15m", "1h" …')
    if not 0 <= slo.slice_bad < 100:
        problems.add((*path, "slice_bad"), "must be 0 or more and less than 100: percent of a slice's events")


def _check_burn(window: BurnWindow, slo: Slo, path: Path, problems: Problems) -> None:
    if not (0 < window.budget_percent <= 100 and math.isfinite(window.budget_percent)):
        problems.add((*path, "budget_percent"), "must be more than 0 and at most 100")
    least = max(SHORTEST_S, slo.slice if slo.method == "slices" else 0.0)
    if window.short < least:
        problems.add((*path, "short"), f'must be "{span_text(least)}" or more')
    if window.long <= window.short:
        problems.add((*path, "long"), "must be longer than short")
    period_s = 28 * 86400.0 if slo.calendar else slo.window
    if window.long > period_s:
        problems.add((*path, "long"), f"is longer than the whole window ({span_text(period_s)})")


def touchy(slos: Mapping[Path, Slo], problems: Problems) -> Iterator[str]:
    """A sentence for each SLO with pages that fire before the budget would even go too fast: a factor under 1.

    A share of the budget is a small one of a short window: 2 % of an hour in an hour is a burn of 0.02.
    """
    for path, slo in slos.items():
        first = objectives(slo)[0]
        period_s = first.period.longest_s
        low = [pair for pair in first.pairs if pair.severity == "page" and pair.factor(period_s) < 1]
        said = [
            f"{pair.severity} {pair.speed} ({span_text(pair.long_s)} and {span_text(pair.short_s)}) has the factor"
            f" {float(pair.factor(period_s)):.2g}x"
            for pair in low
        ]
        if said:
            why = "under 1 it fires on almost any error"
            better = "a larger budget_percent suits" if slo.burn else "own windows (burn = [...]) suit"
            what = f"{first.slo} over {span_text(period_s)}: {', '.join(said)}"
            yield f"{problems.place(path)}: {what}; {why}, {better} a window that short"


def unreachable(slos: Mapping[Path, Slo], problems: Problems) -> Iterator[str]:
    """A sentence for each objective with burn factors that not even an outage reaches. Only for SLOs that are right.

    What a percentile promises (half of all answers for a p50) is given by its name, and so is not warned of.
    """
    for path, slo in slos.items():
        for objective in objectives(slo):
            if objective.kind.startswith("p"):
                continue
            period_s = objective.period.longest_s
            never = [pair for pair in objective.pairs if not pair.can_fire(period_s, objective.percent)]
            said = [
                f"{pair.severity} {pair.speed} ({float(pair.factor(period_s)):.4g}x) could"
                f" above {float(pair.fires_above_percent(period_s)):.2f} %"
                for pair in never
            ]
            if said:
                what = f"{objective.id} at {objective.percent:g} % has alerts that can never fire"
                yield f"{problems.place(path)}: {what}: {', '.join(said)}"
