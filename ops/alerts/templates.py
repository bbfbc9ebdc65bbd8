"""Sentences with fields, "{name} on {host}": for summaries of one's own."""

import re
from collections.abc import Mapping

from ops.config.names import did_you_mean

FIELDS = ("row", "name", "host", "reason")
_FIELD = re.compile(r"\{([^{}]*)\}")


def check_template(text: str, fields: tuple[str, ...] = FIELDS) -> None:
    """Raise ValueError with a sentence for a field that isn't there."""
    for field in _FIELD.findall(text):
        if field not in fields:
            raise ValueError(f'there is no field "{{{field}}}"; {did_you_mean(field, fields)}')


def filled(text: str, values: Mapping[str, str]) -> str:
    """The sentence with its fields filled in. What is no field stays as it stands; values are never read again."""
    return _FIELD.sub(lambda found: values.get(found[1], found[0]), text)
