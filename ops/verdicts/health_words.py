"""Words that health endpoints use for a state, and what they mean."""

from typing import Literal

from collectors.base import Value

Meaning = Literal["good", "degraded", "bad", "other"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GOOD = _set(
    "ok okay up healthy pass passed passing alive running connected available ready operational success active online "
    "green normal fine good true yes enabled reachable serving accessible synced idle 200"
)
DEGRADED = _set("degraded warning warn partial yellow amber slow impaired unstable limited")
CLEARLY_BAD = _set(
    "unhealthy down disconnected unavailable unreachable failed failing offline dead broken not_connected "
    "not_available inaccessible degraded impaired"
)
"""Bad or degraded wherever they stand: no setting and no log level is called so."""
BAD = (CLEARLY_BAD - DEGRADED) | _set(
    "error errors fail failure critical fatal red crashed stopped timeout refused false no"
)
"""Bad where a state is expected."""
SILENT = _set("disabled skipped unknown n/a none starting maintenance")
"""Not good and not bad: they say why nothing is known, and raise no alarm."""

COMPONENTS = _set(
    "database db postgres postgresql mysql mongodb redis cache memcached queue broker rabbitmq kafka celery worker "
    "workers storage disk search elasticsearch smtp mail"
)
"""Fields that hold the state of a component wherever they stand."""


def normal(value: Value) -> str:
    """A state word as it stands in the sets here."""
    return str(value).strip().lower().replace(" ", "_").replace("-", "_")


def meaning(value: Value) -> Meaning:
    """What a state word (or flag) means where a state is expected."""
    if isinstance(value, bool):
        return "good" if value else "bad"
    word = normal(value)
    if word in GOOD or word in SILENT:
        return "good"
    if word in DEGRADED:
        return "degraded"
    return "bad" if word in BAD else "other"
