"""What is taken out of an SLO, and why: planned work of the config, and corrections that people entered."""

from collections.abc import Iterable, Sequence

from ops.config.structs import Config, Maintenance
from ops.past.structs import TakenOut
from ops.slo.exclusions import Span
from ops.slo.maintenance import is_for, spans
from ops.slo.objectives import Objective, objectives, slo_row, slo_target
from ops.store.contract import Correction


def all_objectives(config: Config) -> tuple[Objective, ...]:
    """Everything that a config promises, in its order."""
    every_s = {**config.intervals, **{spec.id: float(spec.config.interval) for spec in config.targets}}
    found: list[Objective] = []
    for slo in config.slos:
        found += objectives(slo, slo_row(slo), every_s.get(slo_target(slo), 60.0))
    return tuple(found)


def taken_out(
    works: Iterable[Maintenance], corrections: Iterable[Correction], slo: str, start: float, end: float
) -> tuple[TakenOut, ...]:
    """The stretches that touch [start, end), oldest first; they may overlap. What was undone is none."""
    found = [
        TakenOut(start=begins, end=ends, why=f"maintenance {work.name}")
        for work in works
        if is_for(work, slo)
        for begins, ends in spans(work, start, end)
    ]
    for one in touching(corrections, slo, start, end):
        if one.undone_at is None:
            found.append(
                TakenOut(start=one.start, end=one.end, why=f"correction {one.id} by {one.author}: {one.reason}")
            )
    return tuple(sorted(found, key=lambda taken: (taken.start, taken.end)))


def touching(corrections: Iterable[Correction], slo: str, start: float, end: float) -> tuple[Correction, ...]:
    """The corrections of an SLO that touch [start, end), also those that were undone."""
    return tuple(one for one in corrections if one.slo in ("*", slo) and one.start < end and one.end > start)


def spans_of(taken: Sequence[TakenOut]) -> tuple[Span, ...]:
    """The stretches alone."""
    return tuple((one.start, one.end) for one in taken)


def reach(objective: Objective, now: float) -> float:
    """From when on something can count for the objective's budget and burns at `now`."""
    longest_s = max((pair.long_s for pair in objective.pairs), default=0.0)
    return min(objective.period.at(now).start, now - longest_s)
