"""What a Prometheus says of what it watches, by the queries that every one can answer. Pure."""

from collections.abc import Sequence

from collectors.base import CollectError, Value
from collectors.prometheus_api.answers import Found, Series
from collectors.prometheus_api.figures import Figure
from collectors.text import clean

OWN_FIGURES = (
    Figure(name="targets up", query="sum(up)"),
    Figure(name="targets down", query="up == 0"),
    Figure(name="series", query="prometheus_tsdb_head_series"),
)
_SKEW_S = 30.0
_NAMED = 3

Answers = Sequence[Found | CollectError]


def overall_facts(own: Answers) -> dict[str, Value]:
    """Facts from the answers to `OWN_FIGURES`. Without any target none is up, and none is known to be down."""
    up, down, series = own
    known_up = _only(up)
    down_known = known_up is not None and isinstance(down, Found)
    names = _names(down)
    return {
        "targets_up": known_up,
        "targets_down": down.total if down_known and isinstance(down, Found) else None,
        "targets_down_names": ", ".join(names[:_NAMED]) or None,
        "head_series": _only(series),
    }


def overall_texts(own: Answers) -> dict[str, str]:
    """The names of the targets that are down, as far as they were read."""
    names = _names(own[1])
    return {"targets down": "\n".join(names)} if names else {}


def overall_hints(own: Answers, now: float, told: float | None) -> tuple[str, ...]:
    """What is missing from these facts; `told` is the server's own time beside ours."""
    found = [answer for answer in own if isinstance(answer, Found)]
    hints = [f"the data may not be all: {warning}" for answer in found for warning in answer.warnings]
    hints += [f"could not be read: {answer.message}" for answer in own if isinstance(answer, CollectError)]
    if told is not None and abs(told - now) > _SKEW_S:
        side = "ahead of" if told > now else "behind"
        hints.append(f"its clock is {abs(told - now):.0f} s {side} ours; figures are read by its own")
    return tuple(dict.fromkeys(hints))


def _only(answer: Found | CollectError) -> int | None:
    """The whole number of the only series; None where there is none, or more than one."""
    if isinstance(answer, CollectError) or answer.total != 1 or not answer.series[0].samples:
        return None
    try:
        return int(float(answer.series[0].samples[-1][1]))
    except (ValueError, OverflowError):
        return None


def _names(answer: Found | CollectError) -> list[str]:
    return [_name(series) for series in answer.series] if isinstance(answer, Found) else []


def _name(series: Series) -> str:
    job, instance = series.metric.get("job", ""), series.metric.get("instance", "")
    return clean(" ".join(part for part in (job, instance) if part) or "unnamed")
