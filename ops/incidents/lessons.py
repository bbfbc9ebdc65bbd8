"""What went well and what did not, as far as it was recorded: sentences with figures, nothing guessed. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from ops.figures import count, duration, percent
from ops.incidents.account import Account, Deed
from ops.incidents.answers import Answer, again, answers
from ops.incidents.fold import RESPOND_S
from ops.incidents.spoken import AT_ONCE_S
from ops.incidents.structs import Moment
from ops.notify.structs import Message

QUICK_S = 60.0
"""Noticed within this long is quick."""
LATE_S = 300.0
"""Noticed after more than this is late."""
HANDED_OVER_S = 30.0
"""A message should be with its receiver within this long."""
_MOST_NAMED = 5


def well(account: Account) -> list[str]:
    """What the record shows to be good."""
    return [*_noticed_well(account), *_mended_well(account), *_told_well(account), *_kept_well(account)]


def badly(account: Account) -> list[str]:
    """What the record shows to be worth a look."""
    return [*_noticed_badly(account), *_handled_badly(account), *_told_badly(account), *_cost_badly(account)]


def first_answer(account: Account) -> Answer:
    """The first time that it waited for somebody; by its clocks and its priority where the timeline has no opening."""
    incident = account.incident
    for answer in answers(own(account)):
        return answer
    allowed_s = RESPOND_S[incident.priority]
    return Answer(
        since=incident.opened_at,
        by=incident.acked_by,
        at=None if account.clocks.acknowledge_s is None else incident.opened_at + account.clocks.acknowledge_s,
        until=incident.resolved_at,
        due=incident.opened_at + allowed_s,
        priority=incident.priority,
        allowed=duration(allowed_s),
    )


def of_kind(moments: Iterable[Moment], *kinds: str) -> list[Moment]:
    """Those of these kinds, in their order."""
    return [moment for moment in moments if moment.kind in kinds]


def own(account: Account) -> list[Moment]:
    """Its moments without those of what was merged into it."""
    return [moment for moment in account.timeline if moment.incident == account.incident.number]


def _opener(account: Account) -> str:
    return next((moment.by for moment in of_kind(own(account), "opened")), "")


def _noticed_well(account: Account) -> Iterator[str]:
    detect_s, answer = account.clocks.detect_s, first_answer(account)
    if AT_ONCE_S <= detect_s <= QUICK_S and not _opener(account):
        yield f"It was noticed by itself, {duration(detect_s)} after it began."
    if answer.took_s is not None and answer.in_time:
        yield f"Somebody had it after {duration(answer.took_s)}; {answer.allowed} were allowed."
    if account.incident.acked_at is not None and not of_kind(account.timeline, "escalated"):
        yield "It did not have to be escalated."
    causes = of_kind(own(account), "cause")
    if causes:
        took_s = max(causes[0].at - account.incident.opened_at, 0.0)
        when = f"{duration(took_s)} after" if took_s >= AT_ONCE_S else "as soon as"
        yield f"A likely cause was named {when} it was opened."


def _mended_well(account: Account) -> Iterator[str]:
    for deed in _ended(account.deeds, "verified")[:_MOST_NAMED]:
        took = "" if deed.ended_at is None else f" within {duration(max(deed.ended_at - deed.at, 0.0))}"
        yield f"Job {deed.job} ({deed.title}) mended {deed.row}{took}, and the check that had failed proved it."


def _told_well(account: Account) -> Iterator[str]:
    sent = [message for message in account.messages if message.state == "sent"]
    if sent and not _undelivered(account.messages):
        slowest = max((_took_s(message) for message in sent), default=0.0)
        several = "message was" if len(sent) == 1 else "messages were"
        yield f"All was told: {count(len(sent))} {several} delivered, the slowest after {duration(slowest)}."


def _kept_well(account: Account) -> Iterator[str]:
    left = [each.remaining_ratio for each in account.spent if each.remaining_ratio is not None]
    if left and min(left) > 0:
        yield f"Every error budget that it touched has something left, at least {percent(min(left) * 100)}."


def _noticed_badly(account: Account) -> Iterator[str]:
    detect_s, answer = account.clocks.detect_s, first_answer(account)
    if detect_s > LATE_S:
        yield f"It was noticed only {duration(detect_s)} after it began."
    if _opener(account):
        yield f"No alert opened it, but a person: {_opener(account)}."
    if answer.took_s is None:
        yield f"Nobody acknowledged it; {answer.allowed} were allowed for that."
    elif not answer.in_time:
        yield f"Somebody had it only after {duration(answer.took_s)}; {answer.allowed} were allowed."
    if escalated := len(of_kind(account.timeline, "escalated")):
        yield f"It had to be escalated {_times(escalated)}."
    if taken_back := len(of_kind(account.timeline, "unack")):
        yield f"It waited for somebody again {_times(taken_back)}: an acknowledgement expired or was taken back."
    if not of_kind(own(account), "cause"):
        yield "No likely cause was named: a dependency that is not in the config can't be seen (`depends_on`)."
    if not account.incident.runbook:
        yield "None of its alerts names a runbook."


def _handled_badly(account: Account) -> Iterator[str]:
    for deed in _ended(account.deeds, "failed", "unverified", "lost", "refused")[:_MOST_NAMED]:
        yield f"Job {deed.job} ({deed.title}) ended {deed.verdict}{f': {deed.said}' if deed.said else ''}."
    incident = account.incident
    if incident.reopened:
        after = "; ".join(again(answers(own(account))))
        yield f"It was thought to be over and came back {_times(incident.reopened)}{f': {after}' if after else ''}."
    fired = "".join(moment.data.get("firing", "") for moment in of_kind(own(account), "resolved")[-1:])
    if incident.state == "resolved" and fired:
        yield f"It was ended while {fired} of its alerts still fired."
    if incident.false_positive:
        yield "It was a false alarm: the rule behind it is worth a look."


def _told_badly(account: Account) -> Iterator[str]:
    yield from _silenced(account)
    lost = _undelivered(account.messages)
    for message in lost[:_MOST_NAMED]:
        how = "was given up" if message.state == "dead" else "still waits"
        yield f"A message to {message.receiver} {how}{f': {message.said}' if message.said else ''}."
    if len(lost) > _MOST_NAMED:
        yield f"{count(len(lost) - _MOST_NAMED)} more messages were not delivered."
    late = [message for message in account.messages if message.state == "sent" and _took_s(message) > HANDED_OVER_S]
    if late:
        slowest = max(late, key=_took_s)
        several = "message was" if len(late) == 1 else "messages were"
        yield (
            f"{count(len(late))} {several} delivered later than {duration(HANDED_OVER_S)} after they were due, "
            f"the slowest to {slowest.receiver} after {duration(_took_s(slowest))}."
        )


def _silenced(account: Account) -> Iterator[str]:
    """A silence that was there before; one that somebody made while it went on is a deed of his."""
    quiet = [moment for moment in of_kind(own(account), "silence") if not moment.by]
    if not quiet:
        return
    first = min((each.made_at for each in account.messages if each.action == "firing"), default=None)
    told = "nobody was told" if first is None else f"the first message was {_after(first - account.start)}"
    yield f"A silence was over it ({quiet[0].text}); {told}."


def _after(seconds: float) -> str:
    return f"{duration(max(seconds, 0.0))} after it began"


def _cost_badly(account: Account) -> Iterator[str]:
    for each in account.spent:
        if each.remaining_ratio is not None and each.remaining_ratio <= 0:
            yield f"The error budget {each.budget} is used up; this took {percent(each.spent_ratio * 100)} of it."


def _ended(deeds: Sequence[Deed], *verdicts: str) -> list[Deed]:
    return [deed for deed in deeds if deed.verdict in verdicts]


def _undelivered(messages: Sequence[Message]) -> list[Message]:
    """Given up, or still to be sent; what was over before it was told is none of these."""
    return [message for message in messages if message.state in ("queued", "sending", "dead")]


def _took_s(message: Message) -> float:
    return max((message.sent_at or message.made_at) - message.made_at, 0.0)


def _times(number_of: int) -> str:
    return "once" if number_of == 1 else f"{count(number_of)} times"
