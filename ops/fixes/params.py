"""Parameters of a fix: which there are, with their defaults, and whether what was given may be."""

import re
from collections.abc import Iterable, Mapping, Sequence

from collectors.text import clean
from collectors.units import Duration, Size
from ops.actions.base import Action, Param
from ops.actions.errors import Refused
from ops.config.fixes import PLAIN_VALUE
from ops.config.fixing import Fix

_LONGEST = 1_000


def of_fix(fix: Fix) -> tuple[Param, ...]:
    """The parameters that a `[[fix]]` declares for its own command or hook."""
    return tuple(
        Param(
            name=name,
            title=given.title or name,
            kind="choice" if given.choices else "text",
            default=given.default,
            choices=given.choices,
            pattern="" if given.choices else given.pattern or PLAIN_VALUE.pattern,
        )
        for name, given in fix.run.params.items()
    )


def known(action: Action, fix: Fix | None) -> tuple[Param, ...]:
    """All that can be given: the action's, and those of the `[[fix]]`."""
    return (*action.params, *(of_fix(fix) if fix is not None else ()))


def checked(params: Sequence[Param], given: Mapping[str, str]) -> dict[str, str]:
    """What was given, with defaults for the rest, each of it right.

    Names that no Param has are what an action's own offer says to itself; they pass unless they are absurdly long.
    Raises Refused (reason "params") with a sentence.
    """
    values = {param.name: param.default for param in params if param.default} | dict(given)
    for name, value in values.items():
        if len(value) > _LONGEST:
            raise _wrong(name, f"longer than {_LONGEST:,} characters")
    for param in params:
        if param.name not in values:
            raise _wrong(param.name, f"not given ({param.title})")
        why = _why_not(param, values[param.name])
        if why:
            raise _wrong(param.name, why)
    return values


def missing(params: Iterable[Param], given: Mapping[str, str]) -> tuple[Param, ...]:
    """What must still be given."""
    return tuple(param for param in params if param.name not in given and not param.default)


def _wrong(name: str, why: str) -> Refused:
    return Refused(f"{clean(name)}: {why}", f"give it as --set {clean(name)}=…, or choose again", reason="params")


def _why_not(param: Param, value: str) -> str:
    if "\0" in value or "\n" in value:
        return "a parameter is one line of text"
    if param.kind == "choice" and value not in param.choices:
        return f"{clean(value)!r} is not one of {', '.join(param.choices)}"
    if param.pattern and not re.fullmatch(param.pattern, value):
        return f"{clean(value)!r} does not match {param.pattern}"
    if param.kind in ("int", "duration", "size"):
        return _figure(param, value)
    return ""


def _number(kind: str, value: str) -> float:
    if kind == "int":
        return float(int(value))
    return float(Duration.parse(value) if kind == "duration" else Size.parse(value))


def _figure(param: Param, value: str) -> str:
    try:
        number = _number(param.kind, value)
    except ValueError:
        return f"{clean(value)!r} is no {'whole number' if param.kind == 'int' else param.kind}"
    if param.least is not None and number < param.least:
        return f"{clean(value)!r} is under {param.least:g}"
    return f"{clean(value)!r} is over {param.most:g}" if param.most is not None and number > param.most else ""
