"""Checks `[[fix]]`: what it is for and acts on is there, its action is known, and policy may take it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from collectors.globs import matches
from collectors.registry import AnyCollector
from ops.actions.registry import discover, find, is_there
from ops.config.fixing import Fix, FixAuto, FixParam, FixRun
from ops.config.lines import Path
from ops.config.names import did_you_mean, is_part_kind, nearest_target
from ops.config.problems import Problems
from ops.config.promises import check_printable, check_zone
from ops.policy.hours import read_hours

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
PLAIN_VALUE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9._-]*")
"""What a parameter without pattern and choices may be: nothing that a program could take for an option."""
BUILT_IN = ("row", "name", "host", "service")
"""Placeholders that every fix has: id and name of the row that it acts on, its host, its service."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_OWN = ("command", "http.hook")
_WITH_COMMAND = ("command", "process.restart")
"""Actions that run an argument list; a process can also be restarted without one."""
_GLOB = re.compile(r"[*?\[]")


class Known(NamedTuple):
    """What a config's fixes can refer to."""

    paths: Mapping[str, Path]
    """Target id to path."""
    sections: Mapping[str, AnyCollector]


def check_fixes(fixes: Mapping[Path, Fix], known: Known, seen: dict[str, Path], problems: Problems) -> None:
    """Check each alone, and that no name comes twice; `seen` has the names so far."""
    for path, fix in fixes.items():
        check_name(fix.name, path, seen, problems)
        if fix.when.row and fix.when.service:
            problems.add((*path, "when", "service"), "stands beside row: only one of them says what it is for")
        elif not fix.when.row and not fix.when.service:
            problems.add((*path, "when"), "says not what it is for: write service or row")
        if fix.verify.row and fix.verify.service:
            problems.add((*path, "verify", "service"), "stands beside row: only one of them can prove it")
        for name, row, service in (
            ("when", fix.when.row, fix.when.service),
            ("verify", fix.verify.row, fix.verify.service),
        ):
            check_row(row, (*path, name, "row"), known, problems)
            _check_service(service, (*path, name, "service"), known, problems)
        if fix.verify.within <= 0:
            problems.add((*path, "verify", "within"), "must be more than nothing")
        _check_run(fix.run, (*path, "run"), known, problems)
        if fix.auto is not None:
            _check_auto(fix, fix.auto, (*path, "auto"), problems)


def check_name(name: str, path: Path, seen: dict[str, Path], problems: Problems) -> None:
    """Printable, and the only one of its name among fixes and scaling rules."""
    check_printable(name, (*path, "name"), problems)
    first = seen.setdefault(name, path)
    if first is not path:
        problems.add((*path, "name"), f'"{name}" is already the name of {problems.place(first)}')


def check_row(row: str, path: Path, known: Known, problems: Problems) -> None:
    """A row or a glob over rows: of a target that is there, or a part, which only reading can find; "" is none."""
    kind, _, rest = row.partition(":")
    target = row.partition("/")[0]
    if not row or _GLOB.search(kind):
        return
    there = any(matches(name, (target,)) for name in known.paths) if _GLOB.search(target) else target in known.paths
    if not there and not (rest and is_part_kind(kind, known.sections)):
        problems.add(path, f'there is no target "{target}"; {nearest_target(target, known.paths)}')


def _check_service(name: str, path: Path, known: Known, problems: Problems) -> None:
    services = sorted(target.partition(":")[2] for target in known.paths if target.startswith("service:"))
    if name and name not in services:
        problems.add(path, f'there is no service "{name}"; {did_you_mean(name, services)}')


def _check_run(run: FixRun, path: Path, known: Known, problems: Problems) -> None:
    check_row(run.row, (*path, "row"), known, problems)
    if run.row and run.container:
        problems.add((*path, "container"), "stands beside row: only one of them says what it acts on")
    if run.timeout <= 0:
        problems.add((*path, "timeout"), "must be more than nothing")
    if _check_kind(run, path, problems):
        _check_own(run, path, problems)
    _check_params(run, path, problems)


def _check_own(run: FixRun, path: Path, problems: Problems) -> None:
    """What only commands and hooks have, and must have."""
    if run.kind == "command":
        if not run.argv or not run.argv[0].strip():
            problems.add((*path, "argv"), 'is missing: a command is a list such as ["systemctl", "restart", "api"]')
    elif run.argv and run.kind not in _WITH_COMMAND:
        problems.add((*path, "argv"), f'is for kind = "command" alone, not for "{run.kind}"')
    if run.argv and PLACEHOLDER.search(run.argv[0]):
        problems.add((*path, "argv", 0), "is the program itself, which no parameter may choose")
    if run.kind == "http.hook":
        _check_url(run.url, (*path, "url"), problems)
        for name in (name for name, text in run.headers.items() if PLACEHOLDER.search(text)):
            problems.add((*path, "headers", name), "takes no parameters; only path, query and body may have some")
    elif run.url:
        problems.add((*path, "url"), f'is for kind = "http.hook" alone, not for "{run.kind}"')


def _check_kind(run: FixRun, path: Path, problems: Problems) -> bool:
    """Whether it is an action that is there; its parameters must be some that it has."""
    if run.kind not in _OWN and not is_there(run.kind):
        names = sorted({*discover(), *_OWN})
        problems.add((*path, "kind"), f'there is no action "{run.kind}"; {did_you_mean(run.kind, names)}')
        return False
    if not run.set:
        return True
    action = None if run.kind in _OWN else find(run.kind)
    takes = [param.name for param in action.params] if action else [*run.params]
    for name in run.set:
        if (takes or not action) and name not in takes:
            hint = did_you_mean(name, takes)
            problems.add((*path, "set", name), f"{run.kind} has no such parameter; {hint}")
    return True


def _check_url(url: str, path: Path, problems: Problems) -> None:
    """Where a hook goes is fixed, and nobody on the way can read or change it."""
    if not url:
        problems.add(path, "is missing: it is what a hook calls")
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # both may raise
    except ValueError as error:
        problems.add(path, f"is no address: {error}")
        return
    if parts.scheme not in ("http", "https") or not host:
        problems.add(path, 'is no address; write "https://host/path"')
    elif PLACEHOLDER.search(parts.netloc):
        problems.add(path, "has a parameter in its host; only path, query and body may have some")
    elif parts.username or parts.password:
        problems.add(path, "holds a secret; put it into headers_env, which names an environment variable")
    elif parts.scheme == "http" and host not in _LOOPBACK:
        problems.add(path, f'must be https: "{host}" is another machine')


def _check_params(run: FixRun, path: Path, problems: Problems) -> None:
    for name, param in run.params.items():
        if not PLACEHOLDER.fullmatch(f"{{{name}}}"):
            problems.add((*path, "params", name), 'must be letters, digits, "_" and "-", a letter first')
        _check_param(param, (*path, "params", name), problems)
    for where, text in _texts(run):
        for name in PLACEHOLDER.findall(text):
            if name not in run.params and name not in BUILT_IN:
                hint = did_you_mean(name, run.params) if run.params else f"declare it: params.{name} = {{ … }}"
                problems.add((*path, *where), f"there is no parameter {{{name}}}; {hint}")


def _texts(run: FixRun) -> Iterator[tuple[Path, str]]:
    """What placeholders can stand in, with where it stands."""
    if run.kind not in (*_OWN, *_WITH_COMMAND):
        return
    yield from ((("argv", index), text) for index, text in enumerate(run.argv))
    yield ("folder",), run.folder
    yield ("url",), run.url
    yield ("body",), run.body


def _check_param(param: FixParam, path: Path, problems: Problems) -> None:
    """A pattern that compiles, and a default that is possible."""
    try:
        pattern = re.compile(param.pattern) if param.pattern else PLAIN_VALUE
    except (re.error, OverflowError) as error:
        problems.add((*path, "pattern"), f"is no regular expression: {error}")
        return
    if param.pattern and param.choices:
        problems.add((*path, "choices"), "stands beside pattern: only one of them says what is possible")
    elif param.default and param.choices and param.default not in param.choices:
        problems.add((*path, "default"), f"is none of the choices; {did_you_mean(param.default, param.choices)}")
    elif param.default and not param.choices and not pattern.fullmatch(param.default):
        what = "the pattern" if param.pattern else 'letters, digits and "._-", and no option: more needs a pattern'
        problems.add((*path, "default"), f'"{param.default}" does not match {what}')


def _check_auto(fix: Fix, auto: FixAuto, path: Path, problems: Problems) -> None:
    """Brakes that hold, and nothing that a person would have to be asked."""
    action = None if fix.run.kind in _OWN else find(fix.run.kind)
    if fix.loses or (fix.loses is None and action is not None and action.risk == "loses"):
        why = "leave auto out, or write loses = false where nobody misses it"
        problems.add(path, f"policy never takes what loses something: {why}")
    for name in _unfilled(fix.run):
        problems.add((*path[:-1], "run", "params", name), "has no default, and policy has nobody to ask: give it one")
    at_least_one((("after", auto.after), ("max_per_hour", auto.max_per_hour)), path, problems)
    check_zone(auto.time_zone, (*path, "time_zone"), problems)
    try:
        read_hours(auto.hours)
    except ValueError as error:
        problems.add((*path, "hours"), str(error))


def _unfilled(run: FixRun) -> Iterator[str]:
    return (name for name, param in run.params.items() if not param.default and name not in run.set)


def at_least_one(counts: Iterable[tuple[str, int]], path: Path, problems: Problems) -> None:
    """Counts that can be reached."""
    for name, count in counts:
        if count < 1:
            problems.add((*path, name), "must be 1 or more")
