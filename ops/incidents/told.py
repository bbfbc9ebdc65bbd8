"""Sections of a post-mortem that list: everything that happened, what was done, and who was told. Pure."""

import time
from collections.abc import Iterator, Sequence

from ops.figures import count, duration, stamp
from ops.incidents.account import Account, Deed
from ops.incidents.spoken import in_time, named, spoken
from ops.markdown import escaped, fenced, table
from ops.notify.structs import Message

MOST_LINES = 500
_HEAD = 200
"""Of more lines than `MOST_LINES` so many of the oldest are told, and the rest are the newest."""
MOST_MESSAGES = 100
_WORDS = {
    "queued": "waits",
    "sending": "begun",
    "sent": "delivered",
    "dead": "given up",
    "dropped": "over before it was told",
}


def happened_lines(account: Account) -> Iterator[str]:
    """Every moment, with what the history has beside them, in the order of time; with the name of what each is of."""
    found = [(moment.at, moment.by, _moment(moment.kind, spoken(moment))) for moment in in_time(account.timeline)]
    found += [(event.at, "", _moment(event.kind, named(event.text, event.row))) for event in account.happened]
    found.sort(key=lambda line: line[0])
    days = {at // 86400 for at, _, _ in found}
    form = "%H:%M:%S" if len(days) == 1 else "%m-%d %H:%M:%S"
    lines = [(time.strftime(form, time.gmtime(at)), by, text) for at, by, text in found]
    left_out = len(lines) - MOST_LINES
    if left_out > 0:
        said = f"{count(left_out)} lines are left out here; `watchfloor incident export` has all"
        lines = [*lines[:_HEAD], ("", "", said), *lines[_HEAD + left_out :]]
    yield from ("", "### Everything that happened", "", *table(("time", "who", "what"), lines))


def _moment(kind: str, text: str) -> str:
    return f"{kind}: {text}"


def deed_lines(account: Account) -> Iterator[str]:
    """Each job with its exact calls and the last lines of its output."""
    if not account.deeds:
        return
    yield from ("", "### Actions taken")
    for deed in account.deeds:
        at = stamp(deed.at, account.start)
        yield from ("", f"Job {deed.job}, {at}, by {escaped(deed.by)}: {escaped(deed.title)}. {_how(deed)}")
        output = [f"$ {call}" for call in deed.calls] + [f"  {line}" for line in deed.output]
        if deed.left_out:
            output.append(f"  ({count(deed.left_out)} earlier lines are left out; `watchfloor fix show {deed.job}`)")
        if output:
            yield from ("", *fenced(output))


def _how(deed: Deed) -> str:
    took = "" if deed.ended_at is None else f" after {duration(max(deed.ended_at - deed.at, 0.0))}"
    said = f": {escaped(deed.said)}" if deed.said else ""
    return f"{(deed.verdict or 'it still runs').capitalize()}{took}{said}"


def told_lines(account: Account) -> Iterator[str]:
    """Each message: to whom, about what, and how it went."""
    if not account.messages:
        return
    shown = account.messages[:MOST_MESSAGES]
    body = [_message(message, account.start) for message in shown]
    yield from ("", "### Who was told", "", *table(("when", "whom", "what", "how", "receipt"), body))
    if len(account.messages) > len(shown):
        yield from ("", f"and {count(len(account.messages) - len(shown))} more messages")


def _message(message: Message, start: float) -> Sequence[str]:
    took = "" if message.sent_at is None else f" after {duration(max(message.sent_at - message.made_at, 0.0))}"
    tries = f", attempt {message.attempts}" if message.attempts > 1 else ""
    said = f": {message.said}" if message.state == "dead" and message.said else ""
    how = f"{_WORDS[message.state]}{took}{tries}{said}"
    return stamp(message.made_at, start), message.receiver, message.action, how, message.receipt
