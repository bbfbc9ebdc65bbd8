"""The rules that come with watchfloor, and what a config makes of them."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from collectors.units import Duration
from ops.config.alerting import AlertRule

_ITSELF = AlertRule(name="")
"""What a rule says that says nothing."""


def _decode(kind: type, value: object) -> object:
    if issubclass(kind, Duration):
        return Duration.parse(value)
    raise NotImplementedError(f"no rule has a {kind.__name__}")


def _built_in() -> tuple[AlertRule, ...]:
    text = Path(__file__).with_name("built_in.toml").read_text(encoding="utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(text)["alert"]
    return tuple(msgspec.convert(tables, list[AlertRule], dec_hook=_decode))


BUILT_IN: tuple[AlertRule, ...] = _built_in()
NAMES = frozenset(rule.name for rule in BUILT_IN)


def merged(own: Iterable[AlertRule]) -> tuple[AlertRule, ...]:
    """A config's own rules, then the built-in ones with what the config says of them otherwise; twice is as once."""
    others: dict[str, AlertRule] = {}
    said: dict[str, AlertRule] = {}
    for rule in own:
        (said if rule.name in NAMES else others).setdefault(rule.name, rule)
    mine = [rule for rule in others.values() if not rule.off]
    return (*mine, *(_over(rule, said.get(rule.name)) for rule in BUILT_IN))


def _over(rule: AlertRule, own: AlertRule | None) -> AlertRule:
    if own is None:
        return rule
    fields = (name for name in AlertRule.__struct_fields__ if getattr(own, name) != getattr(_ITSELF, name))
    return replace(rule, **{name: getattr(own, name) for name in fields})
