"""Fills the placeholders of a `[[fix]]`: "{name}" in an argument, a url or a body becomes a value that was checked."""

import json
import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from collectors.text import clean
from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.config.fixes import BUILT_IN, PLACEHOLDER, PLAIN_VALUE
from ops.config.fixing import Fix, FixParam
from ops.config.structs import Config

LONGEST = 1_000
"""Characters of a value."""
_ROW_ID = re.compile(r"[A-Za-z0-9._:/@-]+")
"""An id has its kind before a colon and its target before a slash; neither means anything to a program."""


def fix_of(case: Case) -> Fix:
    """The `[[fix]]` that the case names. Raises Refused where the config has none of that name."""
    if not case.fix:
        raise Refused("a command or hook stands in a [[fix]], and none was named", "write a [[fix]] into the config")
    return fix_named(case.config, case.fix)


def fix_named(config: Config, name: str) -> Fix:
    """Raises Refused where the config has none of that name."""
    for fix in config.fixes:
        if fix.name == name:
            return fix
    raise Refused(f"the config has no [[fix]] {clean(name)!r}", "choose it again: the config has changed")


def filled_arguments(case: Case, fix: Fix) -> tuple[str, ...]:
    """The argument list: as many as the config has, whatever the values hold. Raises Refused."""
    if not fix.run.argv or PLACEHOLDER.search(fix.run.argv[0]):
        raise Refused(f"[[fix]] {clean(fix.name)!r} names no program of its own", "write it first in argv")
    return tuple(_filled(argument, case, fix, str) for argument in fix.run.argv)


def filled_folder(case: Case, fix: Fix) -> str:
    """Where a command runs. Raises Refused."""
    return _filled(fix.run.folder, case, fix, str)


def filled_url(case: Case, fix: Fix) -> str:
    """A hook's address with values percent-encoded, so that each stays in its part. Raises Refused."""
    return _filled(fix.run.url, case, fix, lambda value: quote(value, safe=""))


def filled_body(case: Case, fix: Fix) -> str:
    """A hook's body; in one that looks like JSON values are written as inside its texts. Raises Refused."""
    is_json = fix.run.body.lstrip()[:1] in ("{", "[")
    return _filled(fix.run.body, case, fix, (lambda value: json.dumps(value)[1:-1]) if is_json else str)


def _filled(text: str, case: Case, fix: Fix, form: Callable[[str], str]) -> str:
    """Each placeholder once, in one pass: a value that looks like a placeholder stays what it is."""

    def value(match: "re.Match[str]") -> str:
        name = match[1]
        if name in fix.run.params:
            return form(_given(name, fix.run.params[name], case.params))
        return form(_built_in(name, case)) if name in BUILT_IN else match[0]

    return PLACEHOLDER.sub(value, text)


def _given(name: str, param: FixParam, params: Mapping[str, str]) -> str:
    value = params.get(name, param.default)
    if not value:
        raise Refused(f"{name} is not given ({clean(param.title or name)})", f"give it: {name}=…", reason="params")
    if len(value) > LONGEST:
        raise Refused(f"{name} is longer than {LONGEST} characters", "give a shorter one", reason="params")
    if "\0" in value:
        raise Refused(f"{name} has a NUL, which no argument can have", "give another value", reason="params")
    if param.choices:
        if value not in param.choices:
            raise _wrong(name, value, f"one of {', '.join(param.choices)}")
    elif param.pattern:
        if not re.fullmatch(param.pattern, value):
            raise _wrong(name, value, f"a text that matches {param.pattern}")
    elif not PLAIN_VALUE.fullmatch(value):
        raise _wrong(name, value, 'letters, digits and "._-", and no option')
    return value


def _wrong(name: str, value: str, wanted: str) -> Refused:
    return Refused(
        f"{name} can't be {clean(value)!r}: it must be {clean(wanted)}", "give another value", reason="params"
    )


def _built_in(name: str, case: Case) -> str:
    row = case.row
    values = {
        "row": row.id,
        "name": row.name,
        "host": row.host or os.uname().nodename,
        "service": row.name if row.kind == "service" else str(row.facts.get("service") or ""),
    }
    value = values[name]
    if not value:
        raise Refused(f"{clean(row.called)} has no {name}, which the fix needs", f"leave {{{name}}} out of the fix")
    if not (_ROW_ID if name == "row" else PLAIN_VALUE).fullmatch(value) or value.startswith("-"):
        raise Refused(
            f"the {name} {clean(value)!r} has signs that are never handed to a program",
            f"write it into the fix itself, in place of {{{name}}}",
            reason="params",
        )
    return value
