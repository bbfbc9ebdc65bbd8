"""Reads a whole config: TOML text to `Config`, with every problem told at once."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from collectors.registry import AnyCollector, discover
from ops.config.alerted import SECTIONS as ALERTING
from ops.config.alerted import read_alerting, unheard_of
from ops.config.backed import backing
from ops.config.brokers import brokered
from ops.config.checks import (
    check_dependencies,
    check_settings,
    check_target,
    check_threshold,
)
from ops.config.drifted import drifting
from ops.config.fixing import Auto, Fix, Right, Scale
from ops.config.kept import check_store
from ops.config.lines import Lines, Path, find_lines
from ops.config.names import did_you_mean
from ops.config.places import placed
from ops.config.planned import check_maintenance
from ops.config.problems import Problems, refuse
from ops.config.promises import check_slos, touchy, unreachable
from ops.config.structs import Config, Maintenance, Settings, Slo, StoreSettings, TargetSpec, Threshold
from ops.config.tables import many, single, structs
from ops.config.values import read_struct
from ops.slo.objectives import slo_name

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_DEEP_KEY = re.compile(r"^[ \t]*\[{0,2}(?:[ \t]*+[A-Za-z0-9_-]++[ \t]*+\.){100}", re.MULTILINE)
"""Parsing takes time and memory by the square of a key's depth, and no config has such keys."""
_FIXING = ("fix", "scale", "auto", "right")
_OWN_SECTIONS = ("watchfloor", "threshold", "slo", "maintenance", "store", *_FIXING, *ALERTING, "keys")

Sections = Mapping[str, AnyCollector]


class Located(NamedTuple):
    """A config without its secrets, and where each of its targets stands."""

    config: Config
    paths: Mapping[str, Path]
    """Target id to path, as in "service:api" to ("service", 0)."""
    problems: Problems
    receivers: Mapping[str, Path] = {}
    """Name of a `[[notify]]` to path."""


def decode(text: str, file: str, sections: Sections | None = None) -> Located:
    """Read a config's text; secrets are not resolved. Raises ConfigError with all that is wrong."""
    located = read(text, file, sections)
    located.problems.stop()
    return located


def read(text: str, file: str, sections: Sections | None = None) -> Located:
    """Read as much of a config as is right; the rest is in `problems`. Raises ConfigError when it is no TOML at all."""
    table, lines = _parse(text, file)
    return read_table(table, Problems(file, lines), discover() if sections is None else sections)


def _parse(text: str, file: str) -> tuple[dict[str, Any], Lines]:
    deep = _DEEP_KEY.search(text)
    if deep:
        raise refuse(file, "its keys are nested too deeply for a config", text.count("\n", 0, deep.end()) + 1)
    try:
        return tomllib.loads(text), find_lines(text)
    except ValueError as error:
        place = _AT_LINE.search(str(error))
        if place is None:
            raise refuse(file, f"this is not TOML: {error}", text.rstrip().count("\n") + 1) from error
        what = f"{str(error)[: place.start()]}, in column {place[2]}"
        raise refuse(file, f"this is not TOML: {what}", int(place[1])) from error
    except RecursionError as error:
        raise refuse(file, "its values are nested too deeply for a config") from error


def read_table(table: Mapping[str, Any], problems: Problems, sections: Sections) -> Located:
    """Read a parsed config as far as it is right."""
    _check_names(table, sections, problems)
    settings = read_struct(Settings, single(table, "watchfloor", problems), ("watchfloor",), problems) or Settings()
    check_settings(settings, problems)
    paths: dict[str, Path] = {}
    edges: dict[str, tuple[str, ...]] = {}
    read = brokered(placed(_targets(table, sections, paths, edges, problems)))
    targets = tuple(backing(drifting(read, paths, problems), paths, problems))
    thresholds = dict(structs(Threshold, table, "threshold", problems))
    slos = dict(structs(Slo, table, "slo", problems))
    for path, threshold in thresholds.items():
        check_threshold(threshold, path, sections, problems)
    check_dependencies(edges, paths, sections, problems)
    check_slos(slos, paths, targets, problems)
    works = dict(structs(Maintenance, table, "maintenance", problems))
    check_maintenance(works, [slo_name(slo) for slo in slos.values()], problems)
    store = read_struct(StoreSettings, single(table, "store", problems), ("store",), problems) or StoreSettings()
    check_store(store, slos.values(), problems)
    fixing = _fixing(table, paths, sections, problems)
    heard = read_alerting(table, paths, sections, problems)
    config = Config(
        path=problems.file,
        settings=settings,
        targets=targets,
        thresholds=tuple(thresholds.values()),
        slos=tuple(slos.values()),
        maintenance=tuple(works.values()),
        store=store,
        fixes=tuple(fixing.fixes.values()),
        scales=tuple(fixing.scales.values()),
        auto=fixing.auto,
        rights=tuple(fixing.rights.values()),
        alerting=heard.alerting,
        keys=_keys(table, problems),
        notes=() if problems.found else (*_touchy(slos, problems), *heard.notes, *unheard_of(heard.alerting, store)),
    )
    return Located(config, paths, problems, heard.paths)


def _check_names(table: Mapping[str, Any], sections: Sections, problems: Problems) -> None:
    known = (*_OWN_SECTIONS, *sections)
    for name in table:
        if name not in known:
            problems.add((name,), f"there is no such section; {did_you_mean(name, known)}")


def _touchy(slos: Mapping[Path, Slo], problems: Problems) -> tuple[str, ...]:
    return (*unreachable(slos, problems), *touchy(slos, problems))


class _Fixing(NamedTuple):
    fixes: Mapping[Path, Fix] = {}
    scales: Mapping[Path, Scale] = {}
    auto: Auto = Auto()
    rights: Mapping[Path, Right] = {}


def _fixing(table: Mapping[str, Any], paths: Mapping[str, Path], sections: Sections, problems: Problems) -> _Fixing:
    """What is said about fixes; where nothing is, nothing of them is loaded."""
    if not any(name in table for name in _FIXING):
        return _Fixing()
    from ops.config.fixes import Known, check_fixes
    from ops.config.scales import check_auto, check_rights, check_scales

    fixing = _Fixing(
        fixes=dict(structs(Fix, table, "fix", problems)),
        scales=dict(structs(Scale, table, "scale", problems)),
        auto=read_struct(Auto, single(table, "auto", problems), ("auto",), problems) or Auto(),
        rights=dict(structs(Right, table, "right", problems)),
    )
    known, seen = Known(paths, sections), dict[str, Path]()
    check_fixes(fixing.fixes, known, seen, problems)
    check_scales(fixing.scales, known, seen, problems)
    check_auto(fixing.auto, problems)
    check_rights(fixing.rights, problems)
    return fixing


def _targets(
    table: Mapping[str, Any],
    sections: Sections,
    paths: dict[str, Path],
    edges: dict[str, tuple[str, ...]],
    problems: Problems,
) -> Iterator[TargetSpec]:
    """Read every target; `paths` and `edges` get each that has a name, also one that is wrong otherwise."""
    for section in (name for name in table if name in sections):
        collector = sections[section]
        for path, entry in many(table, section, problems):
            config = read_struct(collector.Config, entry, path, problems)
            name = config.name if config else entry.get("name")
            if not isinstance(name, str):
                continue
            target = f"{section}:{name}"
            if target in paths:
                problems.add((*path, "name"), f'"{name}" is already the name of {problems.place(paths[target])}')
                continue
            paths[target] = path
            edges[target] = config.depends_on if config else _texts(entry.get("depends_on"))
            if config:
                for part, found in config.parts_depend_on().items():
                    edges[part], paths[part] = found.needs, (*path, *found.at)
                check_target(config, path, problems)
                yield TargetSpec(id=target, collector=collector, config=config)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _keys(table: Mapping[str, Any], problems: Problems) -> dict[str, str]:
    keys: dict[str, str] = {}
    for action, key in _flat(single(table, "keys", problems)):
        if isinstance(key, str):
            keys[".".join(action)] = key
        else:
            problems.add(("keys", *action), 'must be keys as text, such as "z" or "z,f11"')
    return keys


def _flat(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Let `pane.zoom = "z"` mean the same with and without quotes around its left side."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), value
