"""A post-mortem in Markdown, written by what happened; what only people know is marked as open. Pure.

Its headings are those of a usual post-mortem: summary, timeline, root cause, action items, lessons learned.
"""

import time
from collections.abc import Iterator, Sequence

from ops.figures import count, duration, percent
from ops.incidents.account import Account
from ops.incidents.answers import again, answers
from ops.incidents.drawn import drawn
from ops.incidents.lessons import badly, first_answer, of_kind, own, well
from ops.incidents.milestones import milestones
from ops.incidents.spoken import detected, name, standing
from ops.incidents.told import deed_lines, happened_lines, told_lines
from ops.markdown import escaped, fenced, table
from ops.redact import mask

SIGNS = "b began, d detected, a acknowledged, m mitigated, r resolved"


def markdown(account: Account, *, plain: bool = False) -> str:
    """The whole of it; all times are UTC. Secrets that this process knows are masked. `plain`: charts in ASCII."""
    incident = account.incident
    day = time.strftime("%Y-%m-%d", time.gmtime(account.start))
    lines = [f"# Incident Post-Mortem: {day} - {escaped(incident.title)}", "", *_preface(account)]
    for title, block in (
        ("Summary", [*_summary(account), *_impact(account, plain=plain)]),
        ("Timeline", [*milestones(account), *happened_lines(account), *deed_lines(account), *told_lines(account)]),
        ("Root Cause", list(_root_cause(account))),
        ("Action Items", list(_action_items(account))),
        ("Lessons Learned", list(_lessons(account))),
    ):
        while block and not block[-1]:
            block.pop()
        lines += ["", f"## {title}", "", *block]
    return mask("\n".join(lines) + "\n")


def open_field(what: str) -> str:
    """What a person is to fill in."""
    return f"**[open: {what}]**"


def _preface(account: Account) -> Iterator[str]:
    incident = account.incident
    where = " ".join(part for part in (account.floor, account.environment) if part)
    written = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(account.at))
    yield (
        f"{name(incident)}, {incident.priority}, {standing(incident)}, on {escaped(where)}. Written by watchfloor at "
        f"{written} from what was recorded; all times are UTC. What only people know is marked {open_field('so')}."
    )
    notes = [] if not incident.open else ["It is not over: what follows is how it stands."]
    notes += ["The history was generated for trying things out, not recorded."] if account.generated else []
    for note in (*notes, *account.missing):
        yield ""
        yield f"> {escaped(note)}"


def _summary(account: Account) -> Iterator[str]:
    incident, lasted = account.incident, account.end - account.start
    exactly = f"{_clock(account.start)} to {_clock(account.end)}" if not incident.open else "so far"
    yield f"- Duration: {_length(lasted)} ({exactly})"
    yield f"- Impact: {escaped(_failed(account))}; {open_field('how many users were affected')}"
    yield f"- Root Cause: {_cause(account)}"
    yield f"- Error budget spent: {escaped(_cost(account))}"
    yield f"- Clocks: {escaped(_clocks(account))}"
    yield f"- People: {escaped(_people(account)) or open_field('who took part')}"


def _length(seconds: float) -> str:
    """In whole units, without those that are none: "2 hours 1 minute", "1 minute 30 seconds"."""
    whole = int(seconds)
    units = (("hour", whole // 3600), ("minute", whole // 60 % 60), ("second", whole % 60 if whole < 3600 else 0))
    told = [f"{number} {unit}{'' if number == 1 else 's'}" for unit, number in units if number]
    return " ".join(told) or "less than a second"


def _failed(account: Account) -> str:
    """Requests of users where any were counted, else probes."""
    for of in ("requests", "probes"):
        rows = [each for each in account.failures if each.of == of]
        failed, total = sum(each.failed for each in rows), sum(each.total for each in rows)
        if failed or (rows and of == "probes"):
            worst = ", ".join(f"{each.row} {count(each.failed)}" for each in rows[:3] if each.failed)
            share = percent(failed / total * 100)
            return f"{count(failed)} of {count(total)} {of} failed ({share}){f': {worst}' if worst else ''}"
    return "nothing that counts requests was recorded"


def _cause(account: Account) -> str:
    said = account.incident.cause
    return (
        f"{escaped(said)} (likeliest by what depends on what; {open_field('is that so?')})"
        if said
        else open_field("what")
    )


def _cost(account: Account) -> str:
    if not account.spent:
        return "none that is known"
    return ", ".join(
        f"{each.budget} {percent(each.spent_ratio * 100)} of {each.window}"
        + ("" if each.remaining_ratio is None else f" ({_left(each.remaining_ratio)})")
        for each in account.spent[:4]
    )


def _left(ratio: float) -> str:
    return f"{percent(ratio * 100)} left" if ratio >= 0 else f"overspent by {percent(-ratio * 100)}"


def _clocks(account: Account) -> str:
    clocks = account.clocks
    found = [("acknowledged (MTTA)", first_answer(account).took_s), ("resolved (MTTR)", clocks.resolve_s)]
    said = [f"{word} {'not' if took is None else f'after {duration(took)}'}" for word, took in found]
    told = [f"detected (MTTD) {detected(clocks.detect_s)}", *said]
    return "; ".join([", ".join(told), *again(answers(own(account)))])


def _people(account: Account) -> str:
    incident = account.incident
    roles = [f"{role} {person}" for role, person in incident.roles.items()]
    owner = [f"owner {incident.assignee}"] if incident.assignee else []
    known = {incident.assignee, *incident.roles.values(), "", "policy", "schedule"}
    others = dict.fromkeys(moment.by for moment in account.timeline if moment.by not in known)
    return ", ".join([*owner, *roles, *others])


def _impact(account: Account, *, plain: bool) -> Iterator[str]:
    if account.failures or account.spent:
        yield from ("", "### Impact", "")
    if account.failures:
        body = [
            (each.row, each.of, count(each.failed), count(each.total), percent(each.failed / each.total * 100))
            for each in account.failures
        ]
        yield from table(("what", "counted", "failed", "of", "share"), body)
        yield ""
    if account.spent:
        yield from table(("error budget", "window", "bad", "of", "spent", "at the end"), _budgets(account))
        yield ""
    for course in account.courses:
        yield from (f"p95 of {escaped(course.row)}, and how much failed ({SIGNS}):", "")
        yield from (*fenced(drawn(course, _marks(account), plain=plain)), "")


def _budgets(account: Account) -> Iterator[Sequence[str]]:
    for each in account.spent:
        left = "not known" if each.remaining_ratio is None else _left(each.remaining_ratio)
        yield each.budget, each.window, count(each.bad), count(each.total), percent(each.spent_ratio * 100), left


def _marks(account: Account) -> list[tuple[float, str]]:
    incident = account.incident
    ats = (
        (incident.opened_at, "d"),
        (incident.acked_at, "a"),
        (incident.mitigated_at, "m"),
        (incident.resolved_at, "r"),
    )
    return [(account.start, "b"), *[(at, sign) for at, sign in ats if at is not None]]


def _root_cause(account: Account) -> Iterator[str]:
    incident = account.incident
    yield f"Likely cause: {escaped(incident.cause) if incident.cause else 'none was named'}"
    yield ""
    yield (
        "What changed before it, nearest first:" if incident.changed else "Nothing is known to have changed before it."
    )
    yield from (
        ["", *[f"{place}. {escaped(text)}" for place, text in enumerate(incident.changed, 1)]]
        if incident.changed
        else ()
    )
    alerts = [(key, severity or "over") for key, severity in incident.alerts.items()]
    if alerts:
        yield from ("", "Its alerts:", "", *table(("alert", "now"), alerts[:100]))
    if len(alerts) > 100:
        yield from ("", f"and {count(len(alerts) - 100)} more")
    if incident.runbook:
        yield from ("", f"Runbook: {escaped(incident.runbook)}")
    if incident.links:
        yield from ("", "Links:", "", *[f"- {escaped(link)}" for link in incident.links])
    yield from ("", open_field("the detailed analysis: why it happened, and why it was possible"))


def _action_items(account: Account) -> Iterator[str]:
    items = of_kind(account.timeline, "action-item")
    for place, item in enumerate(items, 1):
        person, due = item.data.get("person", ""), item.data.get("due", "")
        yield (
            f"{place}. {escaped(item.text)} - Assigned to {escaped(person) or open_field('person')}"
            f" - Due {escaped(due) or open_field('date')}"
        )
    if not items:
        yield f"1. {open_field('what is to be done')} - Assigned to {open_field('person')} - Due {open_field('date')}"


def _lessons(account: Account) -> Iterator[str]:
    for title, said in (("What went well", well(account)), ("What did not go well", badly(account))):
        yield from (f"### {title}", "", *[f"- {escaped(each)}" for each in said])
        yield from ("" for _ in range(bool(said)))
        yield from (open_field("what else"), "")
    yield open_field("what we learned, and how to prevent it in future")


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
