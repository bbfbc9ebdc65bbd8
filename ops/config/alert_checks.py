"""Checks `[[alert]]`, `[[inhibit]]` and `[[quiet]]`: rules that can be true, matchers that leave something out."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations, pairwise

from collectors.registry import AnyCollector
from ops.alerts.built_in import BUILT_IN, NAMES
from ops.alerts.matchers import ALWAYS_THERE, means_everything, read_matcher
from ops.alerts.quiet import times
from ops.alerts.structs import SEVERITIES, Matcher
from ops.alerts.templates import check_template
from ops.config.alerting import AlertRule, Inhibit, Quiet
from ops.config.fixes import Known, check_name, check_row
from ops.config.lines import Path
from ops.config.names import did_you_mean, metric_kind, nearest
from ops.config.planned import check_length, until_again_s
from ops.config.problems import Problems
from ops.config.promises import check_zone
from ops.config.said import Said
from ops.verdicts.check_names import OF_ALL, check_names
from ops.verdicts.state_words import STATE_WORDS

_GIVEN = (*ALWAYS_THERE, "target", "host", "service", "environment", "incident", "receiver")
"""Labels that alerts have without a word in the config."""
_FIXED = (*ALWAYS_THERE, "target", "incident")
"""Those that say which alert it is: no rule may say otherwise."""
_LABEL = re.compile(r"[A-Za-z_][\w.-]*")
_GLOB = re.compile(r"[*?\[]")
_OWN_ROWS = ("slo", "floor")
"""Kinds of what alerts beside targets: error budgets, and the floor itself."""
_LIST_LOOK = "docs/incidents.md has them all"
_YEAR = (1_767_225_600.0, 1_767_225_600.0 + 400 * 86400.0)
"""Some year, with all days and clock changes that there are: in it, what ever overlaps does."""


def check_alerts(
    said: Said, targets: Mapping[str, Path], sections: Mapping[str, AnyCollector], problems: Problems
) -> None:
    """Check each alone, and that no name comes twice."""
    known = Known(targets, sections)
    seen: dict[str, Path] = {}
    for path, rule in said.rules.items():
        check_name(rule.name, path, seen, problems)
        _check_rule(rule, path, known, problems)
    for path, inhibit in said.inhibits.items():
        _check_inhibit(inhibit, path, said, problems)
    named: dict[str, Path] = {}
    for path, quiet in said.quiet.items():
        check_name(quiet.name, path, named, problems)
        check_matchers(quiet.match, (*path, "match"), said, problems, some=True)
        check_zone(quiet.time_zone, (*path, "time_zone"), problems)
        _check_calendar(quiet, path, problems)


def _check_rule(rule: AlertRule, path: Path, known: Known, problems: Problems) -> None:
    kind = rule.row.partition(":")[0]
    if not rule.row:
        problems.add((*path, "row"), 'must be a glob over rows; "*" means all')
    elif kind not in _OWN_ROWS:
        check_row(rule.row, (*path, "row"), known, problems)
    if rule.name not in NAMES:
        _check_own(rule, path, problems)
    first = rule.check.partition(".")[0]
    if rule.check and not _GLOB.search(rule.check) and first not in _OWN_ROWS:
        _check_check(rule.check, (*path, "check"), known, problems)
    try:
        check_template(rule.summary)
    except ValueError as error:
        problems.add((*path, "summary"), str(error))
    for label in rule.labels:
        if label in _FIXED:
            problems.add((*path, "labels", label), "is set by watchfloor itself; call it otherwise")
        elif not _LABEL.fullmatch(label):
            problems.add((*path, "labels", label), "is no name of a label: letters, digits, and . _ - between")


def _check_own(rule: AlertRule, path: Path, problems: Problems) -> None:
    """What is no built-in rule says what it is about."""
    close = nearest(rule.name, NAMES)
    meant = f'; did you mean "{close}"?' if close else ""
    if rule.off:
        hint = did_you_mean(rule.name, [one.name for one in BUILT_IN], _LIST_LOOK)
        problems.add((*path, "off"), f'there is no built-in rule "{rule.name}" to switch off; {hint}')
    elif rule.row == "*" and not (rule.check or rule.state or rule.level):
        why = "is no built-in rule, and says not what it is about: write row, check, state or level"
        problems.add((*path, "name"), f'"{rule.name}" {why}{meant}')


def _check_check(check: str, path: Path, known: Known, problems: Problems) -> None:
    if not metric_kind(check, known.sections):
        example = '"host.disk.percent", "service.reach", "*.memory_percent"'
        problems.add(path, f'nothing checks "{check}"; a check is kind.question, as in {example}')


def _check_inhibit(inhibit: Inhibit, path: Path, said: Said, problems: Problems) -> None:
    for side, texts in (("source", inhibit.source), ("target", inhibit.target)):
        check_matchers(texts, (*path, side), said, problems, some=True)
    for index, label in enumerate(inhibit.equal):
        check_label(label, (*path, "equal", index), said, problems)
    if inhibit.target and set(inhibit.source) == set(inhibit.target):
        why = "is the same as source, and an alert that is both is never inhibited: this would do nothing"
        problems.add((*path, "target"), why)


def mistyped_states(said: Said, problems: Problems) -> Iterator[str]:
    """A note for each `state` that looks mistyped; what is like no known one may be a word of what is read."""
    for path, rule in said.rules.items():
        close = nearest(rule.state, STATE_WORDS) if rule.state and rule.state not in STATE_WORDS else ""
        if close:
            place = problems.place((*path, "state"))
            yield f'{place}: no state that watchfloor knows is called "{rule.state}": did you mean "{close}"?'


def mistyped_checks(said: Said, metrics: Iterable[str], problems: Problems) -> Iterator[str]:
    """A note for each `check` that looks mistyped; `metrics` are those of the config's own thresholds.

    What is like no known one of its kind may be a figure of what is read.
    """
    known = check_names() | {*metrics}
    for path, rule in said.rules.items():
        kind, _, rest = rule.check.partition(".")
        if not rest or rule.check.rpartition(".")[2] in OF_ALL or any(_meets(rule.check, name) for name in known):
            continue
        of_kind = {name.partition(".")[2]: name for name in sorted(known) if kind in (name.partition(".")[0], "*")}
        if close := nearest(rest, of_kind):
            place = problems.place((*path, "check"))
            yield f'{place}: no check that watchfloor knows is called "{rule.check}": did you mean "{of_kind[close]}"?'


def _meets(check: str, name: str) -> bool:
    return fnmatchcase(name, check) or fnmatchcase(check, name)


def check_matchers(texts: Sequence[str], path: Path, said: Said, problems: Problems, *, some: bool = False) -> None:
    """Each can be read, names a label that alerts have, and a value that the label can have.

    With `some`, they must leave something out.
    """
    matchers = [_read(text, (*path, index), said, problems) for index, text in enumerate(texts)]
    whole = [matcher for matcher in matchers if matcher is not None]
    if some and len(whole) == len(matchers) and means_everything(whole):
        what = "matches everything" if texts else "is empty, and so matches everything"
        problems.add(path, f'{what}: name at least one label that it is for, as in "service=api"')


def _read(text: str, path: Path, said: Said, problems: Problems) -> Matcher | None:
    try:
        matcher = read_matcher(text)
    except ValueError as error:
        problems.add(path, str(error))
        return None
    if why := wrong_in(matcher, said.rules.values()):
        problems.add(path, why)
    return matcher


def wrong_in(matcher: Matcher, rules: Collection[AlertRule], more: Iterable[str] = ()) -> str:
    """Why no alert can be as a matcher says, by the config's `rules` and `more` known labels; "" where one can.

    The label is there, and where all values that it can have are known before anything is read, so is this one.
    """
    if why := _wrong_label(matcher.label, rules, more):
        return why
    values = _values(matcher.label, rules)
    if matcher.op in ("=", "!=") and values and matcher.value not in values:
        return f'there is no {matcher.label} "{matcher.value}"; {did_you_mean(matcher.value, values, _LIST_LOOK)}'
    return ""


def _values(label: str, rules: Iterable[AlertRule]) -> Sequence[str]:
    """What a label can be, where that is known before anything is read."""
    if label == "severity":
        return SEVERITIES
    if label == "rule":
        return tuple(dict.fromkeys((*(rule.name for rule in BUILT_IN), *(rule.name for rule in rules))))
    return ()


def _wrong_label(label: str, rules: Iterable[AlertRule], more: Iterable[str] = ()) -> str:
    own = [name for rule in rules for name in rule.labels]
    known = tuple(dict.fromkeys((*_GIVEN, *own, *more)))
    return "" if label in known else f'no alert has a label "{label}"; {did_you_mean(label, known)}'


def check_label(label: str, path: Path, said: Said, problems: Problems) -> None:
    """It is one that alerts have."""
    if why := _wrong_label(label, said.rules.values()):
        problems.add(path, why)


def _check_calendar(quiet: Quiet, path: Path, problems: Problems) -> None:
    most = until_again_s(quiet.every, path, problems)
    endless = "lasts until it comes again, and so nobody would ever hear of it"
    check_length(quiet.length, most, path, problems, too_long=endless)


def overlapping(said: Said, problems: Problems) -> Iterator[str]:
    """A sentence for each two `[[quiet]]` for the same alerts of which one begins within the other."""
    for (path, one), (other_path, other) in combinations(said.quiet.items(), 2):
        if set(one.match) == set(other.match) and _meet(one, other):
            yield (
                f"{problems.place(other_path)}: {other.name} overlaps with {problems.place(path)}, {one.name}, for the"
                " same alerts: it is quiet until the later of both ends"
            )


def _meet(one: Quiet, other: Quiet) -> bool:
    both = sorted([*times(one, *_YEAR), *times(other, *_YEAR)])
    return any(after[0] < before[1] for before, after in pairwise(both))
