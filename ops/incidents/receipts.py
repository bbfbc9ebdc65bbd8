"""What a timeline says of telling: who was told and what they answered, and each step of escalation."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from collectors.text import LINE_LIMIT, clean
from ops.incidents import records
from ops.incidents.structs import Incident, Moment
from ops.notify.climbs import Called
from ops.notify.structs import Action, Message

_OF: Mapping[Action, str] = {
    "firing": "that it fires",
    "resolved": "that it is over",
    "acknowledged": "that somebody has it",
    "escalated": "as the next step of escalation",
    "change": "of a change",
    "test": "as a test",
}


def receipt(connection: sqlite3.Connection, message: Message) -> None:
    """Write into the timeline of a message's incident how it ended, in the transaction that ends it."""
    if message.incident is None:
        return
    answer = f": {message.said}" if message.said else ""
    verb = "was told" if message.state == "sent" else "was never told"
    moment = Moment(
        incident=message.incident,
        at=message.due_at if message.sent_at is None else message.sent_at,
        kind="notified",
        text=clean(f"{message.receiver} {verb} {_OF[message.action]}{answer}", LINE_LIMIT),
        data={"receiver": message.receiver, "receipt": message.receipt, "message": str(message.id)},
    )
    records.add(connection, [moment])


def escalated(called: Iterable[Called], incidents: Mapping[int, Incident], now: float) -> Iterator[Moment]:
    """The steps that are taken at a look, and who has it by them."""
    for one in called:
        told = ", ".join((*one.receivers, *(person for person in one.people if person not in one.receivers)))
        text = f"nobody has it: step {one.step + 1} of {one.escalation}, {told or 'nobody'} is called"
        data = {"escalation": one.escalation, "step": str(one.step + 1)}
        yield Moment(incident=one.incident, at=now, kind="escalated", text=clean(text, LINE_LIMIT), data=data)
        stands = incidents.get(one.incident)
        person = next(iter(one.people), "")
        if person and stands is not None and stands.assignee != person:
            said = clean(f"given to {person}, who is on call", LINE_LIMIT)
            yield Moment(incident=one.incident, at=now, kind="assign", text=said, data={"to": person})
