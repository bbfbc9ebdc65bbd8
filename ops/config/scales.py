"""Checks `[[scale]]`, `[auto]` and `[[right]]`: limits that leave a calm between them, brakes and globs that hold."""

import math
from collections.abc import Mapping

from ops.config.checks import check_metric
from ops.config.fixes import Known, at_least_one, check_name, check_row
from ops.config.fixing import Auto, Right, Scale, ScaleWhen
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems

SCALING = ("compose.scale", "swarm.scale")


def check_scales(scales: Mapping[Path, Scale], known: Known, seen: dict[str, Path], problems: Problems) -> None:
    """Check each alone, and that no name comes twice; `seen` has the names so far, those of fixes too."""
    for path, scale in scales.items():
        check_name(scale.name, path, seen, problems)
        if scale.kind not in SCALING:
            problems.add((*path, "kind"), f'"{scale.kind}" scales nothing; {did_you_mean(scale.kind, SCALING)}')
        if not scale.row:
            problems.add((*path, "row"), "must name the row that is scaled")
        check_row(scale.row, (*path, "row"), known, problems)
        _check_counts(scale, path, problems)
        for side, conditions in (("up", scale.up), ("down", scale.down)):
            for index, condition in enumerate(conditions):
                _check_condition(condition, (*path, side, index), known, problems)
        if not scale.up:
            problems.add((*path, "up"), "has no condition: nothing would ever scale it up")
        for index, down in enumerate(scale.down):
            for up in scale.up:
                _check_calm(up, down, (*path, "down", index), problems)


def _check_counts(scale: Scale, path: Path, problems: Problems) -> None:
    at_least_one((("least", scale.least), ("step", scale.step)), path, problems)
    if scale.most < scale.least:
        problems.add((*path, "most"), f"must be {scale.least} or more, which is the least")
    if not (scale.factor > 1 and math.isfinite(scale.factor)):
        problems.add((*path, "factor"), "must be more than 1: it is how many times as many there will be")


def _check_condition(condition: ScaleWhen, path: Path, known: Known, problems: Problems) -> None:
    check_metric(condition.metric, path, known.sections, problems)
    if condition.over is None and condition.under is None:
        problems.add((*path, "over"), "is missing, and so is under: one of them must be there")
    elif condition.over is not None and condition.under is not None:
        problems.add((*path, "under"), "stands beside over: a condition is one of them")
    if not condition.row:
        problems.add((*path, "row"), 'must be a glob over rows; "*" means all')
    check_row(condition.row, (*path, "row"), known, problems)


def _check_calm(up: ScaleWhen, down: ScaleWhen, path: Path, problems: Problems) -> None:
    """Between fewer and more lies a stretch in which nothing is done; without it both would follow each other."""
    if (up.metric, up.row) != (down.metric, down.row):
        return
    if up.over is not None and down.under is not None and down.under >= up.over:
        problems.add((*path, "under"), f"must lie below {up.over:g}, over which it is scaled up")
    if up.under is not None and down.over is not None and down.over <= up.under:
        problems.add((*path, "over"), f"must lie above {up.under:g}, under which it is scaled up")
    if (up.over is not None and down.over is not None) or (up.under is not None and down.under is not None):
        side = "over" if down.over is not None else "under"
        problems.add((*path, side), f"is on the same side as up: {up.metric} would be scaled up and down at once")


def check_auto(auto: Auto, problems: Problems) -> None:
    """Brakes that hold, and that let anything happen at all."""
    counts = (("max_per_hour", auto.max_per_hour), ("storm", auto.storm), ("give_up_after", auto.give_up_after))
    at_least_one(counts, ("auto",), problems)


def check_rights(rights: Mapping[Path, Right], problems: Problems) -> None:
    """Each says of whom and of what it is, with globs that can mean something."""
    for path, right in rights.items():
        globs = {
            "users": right.users,
            "groups": right.groups,
            "environments": right.environments,
            "actions": right.actions,
            "rows": right.rows,
        }
        for name, values in globs.items():
            if not values and name not in ("groups", "users"):
                problems.add((*path, name), 'is empty: nothing would be meant; "*" means all')
            for index, value in enumerate(values):
                if not value.strip():
                    problems.add((*path, name, index), 'must be a name or a glob; "*" means all')
        if not right.users and not right.groups:
            problems.add((*path, "users"), 'is empty, and so is groups: nobody would be meant; "*" means all')
