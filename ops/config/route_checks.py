"""Checks `[route]`, `[[escalation]]` and `[[oncall]]`: whoever is named is there, and all that is there is reached."""

from collections.abc import Iterator, Sequence

from ops.config.alert_checks import check_label, check_matchers, overlapping
from ops.config.alerting import Escalation, EscalationStep, OnCall, Route
from ops.config.fixes import check_name
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems
from ops.config.promises import check_zone
from ops.config.said import Said
from ops.notify.oncall import begins
from ops.notify.routes import EVERY_LABEL

_MOST_REPEATS = 5
"""As GoAlert has it."""
_TOP: Path = ("route",)


def check_routes(said: Said, problems: Problems) -> None:
    """Check the tree and all that climbs from it."""
    names: dict[str, Path] = {}
    for path, escalation in said.escalations.items():
        check_name(escalation.name, path, names, problems)
        _check_escalation(escalation, path, said, problems)
    rotas: dict[str, Path] = {}
    for path, oncall in said.oncall.items():
        check_name(oncall.name, path, rotas, problems)
        _check_oncall(oncall, path, said, problems)
    if said.route != Route():
        if said.route.match:
            problems.add((*_TOP, "match"), "can't be: the top takes every alert; matchers belong to [[route.routes]]")
        _check_route(said.route, _TOP, said, problems)
        for path, receiver in said.receivers.items():
            if receiver.levels:
                problems.add((*path, "levels"), "means nothing beside [route], which says who hears of what")
    _check_reached(said, problems)


def _check_route(route: Route, path: Path, said: Said, problems: Problems) -> None:
    _check_names(route.receivers or (), (*path, "receivers"), said, problems)
    check_matchers(route.match, (*path, "match"), said, problems)
    _check_grouping(route, path, said, problems)
    known = [escalation.name for escalation in said.escalations.values()]
    if route.escalation and route.escalation not in known:
        hint = did_you_mean(route.escalation, known)
        problems.add((*path, "escalation"), f'there is no escalation "{route.escalation}"; {hint}')
    taken: Path | None = None
    for index, child in enumerate(route.routes):
        place = (*path, "routes", index)
        if taken is not None:
            why = f"is never reached: {problems.place(taken)} before it takes every alert"
            problems.add(place, f'{why}; put it before that, or write "continue = true" there')
        if not child.match and not child.proceed:
            taken = taken or place
        _check_route(child, place, said, problems)


def _check_grouping(route: Route, path: Path, said: Said, problems: Problems) -> None:
    for index, label in enumerate(route.group_by or ()):
        if label != EVERY_LABEL:
            check_label(label, (*path, "group_by", index), said, problems)
    if route.group_by is not None and EVERY_LABEL in route.group_by and len(route.group_by) > 1:
        problems.add((*path, "group_by"), '"..." is every label already: it stands alone')
    if route.group_interval is not None and route.group_interval <= 0:
        problems.add((*path, "group_interval"), "must be more than nothing: news would be told at every look")
    if route.repeat is not None and route.repeat < 60:
        problems.add((*path, "repeat"), 'must be "1m" or more: it is how often the same is told again')


def _check_names(names: Sequence[str], path: Path, said: Said, problems: Problems) -> None:
    for index, name in enumerate(names):
        if name not in said.names:
            hint = did_you_mean(name, sorted(said.names)) if said.names else "add a [[notify]] of that name"
            problems.add((*path, index), f'there is no receiver "{name}"; {hint}')


def _check_escalation(escalation: Escalation, path: Path, said: Said, problems: Problems) -> None:
    if not escalation.steps:
        problems.add((*path, "steps"), "is empty: nobody would ever be called")
    if not 0 <= escalation.repeat <= _MOST_REPEATS:
        problems.add((*path, "repeat"), f"must be 0 to {_MOST_REPEATS}")
    for index, step in enumerate(escalation.steps):
        _check_step(step, index, (*path, "steps", index), said, problems)


def _check_step(step: EscalationStep, index: int, path: Path, said: Said, problems: Problems) -> None:
    if index and step.after <= 0:
        problems.add((*path, "after"), "must be more than nothing: it would be one with the step before")
    _check_names(step.receivers, (*path, "receivers"), said, problems)
    rotas = {oncall.name: oncall for oncall in said.oncall.values()}
    for number, name in enumerate(step.people):
        if name not in rotas:
            hint = did_you_mean(name, rotas) if rotas else "add an [[oncall]] of that name"
            problems.add((*path, "people", number), f'there is no on-call "{name}"; {hint}')
    if not step.receivers:
        _check_heard(step, [rotas[name] for name in step.people if name in rotas], path, problems)


def _check_heard(step: EscalationStep, rotas: Sequence[OnCall], path: Path, problems: Problems) -> None:
    """Whoever is called by a step without receivers of its own has some."""
    if not step.people:
        problems.add(path, "calls nobody: write receivers, or people (names of [[oncall]])")
    for oncall in rotas:
        deaf = [person for person in oncall.people if not oncall.receivers.get(person)]
        if deaf:
            where = f"give the step receivers, or {oncall.name} some for {deaf[0]}"
            problems.add((*path, "people"), f"would not reach {', '.join(deaf)}, who has no receiver; {where}")


def _check_oncall(oncall: OnCall, path: Path, said: Said, problems: Problems) -> None:
    if not oncall.people:
        problems.add((*path, "people"), "is empty: nobody would have it")
    for index, person in enumerate(oncall.people):
        if not person.strip():
            problems.add((*path, "people", index), "must be a name")
    for person, names in oncall.receivers.items():
        if person not in oncall.people:
            hint = did_you_mean(person, oncall.people)
            problems.add((*path, "receivers", person), f"is not among people; {hint}")
        _check_names(names, (*path, "receivers", person), said, problems)
    before = len(problems.found)
    check_zone(oncall.time_zone, (*path, "time_zone"), problems)
    if len(problems.found) == before:
        try:
            begins(oncall)
        except ValueError as error:
            problems.add((*path, "turn" if oncall.turn <= 0 else "start"), str(error))


def _check_reached(said: Said, problems: Problems) -> None:
    """Every escalation climbs from somewhere: who wrote it relies on it."""
    named = {route.escalation for route in _all(said.route)}
    first = next(iter(said.escalations), None)
    for path, escalation in said.escalations.items():
        if said.route == Route() and path != first:
            why = "is never taken: without [route] the first escalation is for all that is critical"
            problems.add(path, f"{why}; name this one in a route")
        elif said.route != Route() and escalation.name not in named:
            problems.add(path, f'is never taken: no route says escalation = "{escalation.name}"')


def _all(route: Route) -> Iterator[Route]:
    yield route
    for child in route.routes:
        yield from _all(child)


def unheard(said: Said, problems: Problems) -> Iterator[str]:
    """A sentence for each receiver that never hears of anything, and for quiet times of which one is in another."""
    yield from overlapping(said, problems)
    if said.route == Route():
        return
    named = {name for route in _all(said.route) for name in route.receivers or ()}
    named |= {name for one in said.escalations.values() for step in one.steps for name in step.receivers}
    named |= {name for oncall in said.oncall.values() for names in oncall.receivers.values() for name in names}
    for path, receiver in said.receivers.items():
        if receiver.name not in named:
            yield f"{problems.place(path)}: {receiver.name} never hears of anything: no route or escalation names it"
