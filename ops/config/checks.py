"""Checks what a single value can't show: order of limits, names that must exist, names that must be unique."""

import unicodedata
from collections.abc import Mapping, Sequence

from collectors.base import TargetConfig
from collectors.registry import AnyCollector
from ops.config.lines import Path
from ops.config.names import did_you_mean, is_part_kind, kinds, metric_kind, nearest_target, theme_names
from ops.config.problems import Problems
from ops.config.structs import Settings, Threshold

_NAME_LIMIT = 100
_FASTEST_S = 0.1


def check_settings(settings: Settings, problems: Problems) -> None:
    """The theme exists, and the screen is not asked for more than ten pictures a second."""
    themes = theme_names()
    if settings.theme not in themes and themes:
        known = did_you_mean(settings.theme, sorted(themes))
        problems.add(("watchfloor", "theme"), f'there is no theme "{settings.theme}"; {known}')
    if settings.refresh < _FASTEST_S:
        problems.add(("watchfloor", "refresh"), 'must be "100ms" or more')


def check_target(config: TargetConfig, path: Path, problems: Problems) -> None:
    """A usable name, times that pass, counts that can be reached."""
    if not config.name.strip() or config.name != config.name.strip() or len(config.name) > _NAME_LIMIT:
        problems.add((*path, "name"), f"must be 1 to {_NAME_LIMIT} characters, without space around them")
    if "/" in config.name or any(unicodedata.category(char)[0] == "C" for char in config.name):
        problems.add((*path, "name"), 'must be printable and without "/", which separates a target from its parts')
    if config.interval < _FASTEST_S:
        problems.add((*path, "interval"), 'must be "100ms" or more')
    if config.timeout <= 0:
        problems.add((*path, "timeout"), "must be more than nothing")
    for key, count in (("failures", config.failures), ("successes", config.successes)):
        if count < 1:
            problems.add((*path, key), "must be 1 or more")


def check_threshold(threshold: Threshold, path: Path, sections: Mapping[str, AnyCollector], problems: Problems) -> None:
    """A metric that something reads, at least one limit, and limits in the order in which things get worse."""
    check_metric(threshold.metric, path, sections, problems)
    if not 0 <= threshold.clear_ratio < 1:
        problems.add((*path, "clear_ratio"), "must be 0 or more and less than 1")
    warning, critical = threshold.warning, threshold.critical
    if warning is None and critical is None:
        problems.add((*path, "warning"), "is missing, and so is critical: one of them must be there")
    elif warning is not None and critical is not None and _disordered(warning, critical, threshold.below):
        side = "under" if threshold.below else "over"
        problems.add((*path, "critical"), f"is reached before warning: critical must lie {side} it")


def check_metric(metric: str, path: Path, sections: Mapping[str, AnyCollector], problems: Problems) -> None:
    """A metric that something reads."""
    if not metric_kind(metric, sections):
        hint = did_you_mean(metric.partition(".")[0], kinds(sections))
        problems.add((*path, "metric"), f'nothing reads "{metric}"; a metric is kind.fact: {hint}')


def _disordered(warning: float, critical: float, below: bool) -> bool:
    return warning < critical if below else warning > critical


def check_dependencies(
    edges: Mapping[str, Sequence[str]],
    paths: Mapping[str, Path],
    sections: Mapping[str, AnyCollector],
    problems: Problems,
) -> None:
    """Every target that another depends on is there, and nothing depends on itself, directly or not."""
    for target, references in edges.items():
        for index, reference in enumerate(references):
            if not _exists(reference, paths, sections):
                hint = nearest_target(reference, paths)
                problems.add((*paths[target], "depends_on", index), f'there is no target "{reference}"; {hint}')
    for ring in find_rings(edges):
        problems.add((*paths[ring[0]], "depends_on"), f"goes in a ring: {' → '.join((*ring, ring[0]))}")


def _exists(reference: str, paths: Mapping[str, Path], sections: Mapping[str, AnyCollector]) -> bool:
    """True for a target that is there, and for a part ("container:web-1"), which only reading can find."""
    kind, _, name = reference.partition(":")
    return reference in paths or (bool(name) and is_part_kind(kind, sections))


def find_rings(edges: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Each ring of dependencies once, beginning with its first target in the order of `edges`."""
    rings: list[tuple[str, ...]] = []
    in_ring: set[str] = set()
    for start in edges:
        ring = () if start in in_ring else _way_back(start, edges)
        if ring:
            rings.append(ring)
            in_ring.update(ring)
    return rings


def _way_back(start: str, edges: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A shortest way from a target back to itself, breadth first; () when there is none."""
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    frontier = [start]
    for target in frontier:
        for after in edges.get(target, ()):
            if after == start:
                return ways[target]
            if after not in ways:
                ways[after] = (*ways[target], after)
                frontier.append(after)
    return ()
