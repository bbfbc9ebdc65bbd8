"""Fills the template of a generic webhook: "{title}" is a field, every other brace is as it stands."""

import json
import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)


def fields_of(template: str) -> tuple[str, ...]:
    """The names in a template, each once, in their order."""
    return tuple(dict.fromkeys(_FIELD.findall(template)))


def is_json(template: str) -> bool:
    """Whether it is JSON once its fields are filled in."""
    try:
        json.loads(_FIELD.sub("", template))
    except ValueError:
        return False
    return template.lstrip()[:1] in ("{", "[")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put the values in; inside JSON they are written as JSON writes them, so that no text ends its string.

    Raises KeyError for a field that is not among them; the config refuses such a template.
    """
    as_json = is_json(template)
    return _FIELD.sub(lambda field: _written(values[field[1]], as_json=as_json), template)


def _written(value: str, *, as_json: bool) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1] if as_json else value
