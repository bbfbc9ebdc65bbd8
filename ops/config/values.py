"""Turns plain TOML values into typed ones, and notes every mistake on the way instead of stopping at the first."""

import math
import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from collectors.units import Duration, Size
from ops.config.lines import Path
from ops.config.names import did_you_mean, nearest
from ops.config.problems import Problems
from ops.config.quantity import Quantity

StructT = TypeVar("StructT", bound=msgspec.Struct)

_WRONG = object()
"""Stands for a value that could not be read; its problem is already noted."""
_WORDS = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`(?:, got `(?P<got>[^`]*)`)?(?P<rest>.*)", re.DOTALL)
_INSIDE = re.compile(r" - at `\$(?P<path>[^`]*)`$")


def _quantity(value: object) -> Quantity:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Quantity(value)
    for unit in (Duration, Size):
        try:
            return Quantity(unit.parse(value))
        except ValueError:
            continue
    raise ValueError(f'{value!r} is no figure; write a number, a duration ("500ms") or a size ("1GiB")')


_OWN: Mapping[type, Callable[[object], float]] = {
    Duration: Duration.parse,
    Size: Size.parse,
    Quantity: _quantity,
}


def _read_own(wanted: type, value: object) -> object:
    """Read Duration, Size and Quantity for msgspec; raises ValueError with a sentence."""
    read = _OWN.get(wanted)
    if read is None:
        raise ValueError(f"nothing can be written here: {wanted.__name__} has no form in a config")
    try:
        number = read(value)
    except OverflowError as error:
        raise ValueError("the figure is too large") from error
    if not math.isfinite(number):
        raise ValueError("the figure is too large or not a number")
    return number


def _in_words(names: str) -> str:
    return " or ".join(_WORDS.get(name, name) for name in names.split(" | ") if name != "null")


def _sentence(message: str) -> str:
    match = _EXPECTED.fullmatch(message)
    if match is None:
        return message
    got = f", not {_in_words(match['got'])}" if match["got"] else ""
    return f"must be {_in_words(match['wanted'])}{match['rest']}{got}"


def _without_none(wanted: Any) -> Any:
    """The one type that stands beside None, if it is such a union."""
    if get_origin(wanted) in (Union, types.UnionType):
        others = [option for option in get_args(wanted) if option is not type(None)]
        if len(others) == 1:
            return others[0]
    return wanted


def _possible(value: str, options: Sequence[str]) -> str:
    """The end of the sentence: the option that is most like it, or all of them in quotes; "" is to leave it out."""
    named = [option for option in options if option]
    close = nearest(value, named)
    return f'did you mean "{close}"?' if close else "there is " + ", ".join(f'"{option}"' for option in named)


def _read_plain(wanted: Any, value: object, path: Path, problems: Problems) -> Any:
    if get_origin(wanted) is Literal and isinstance(value, str) and value not in get_args(wanted):
        options = [option for option in get_args(wanted) if isinstance(option, str)]
        problems.add(path, f'"{value}" is not possible here; {_possible(value, options)}')
        return _WRONG
    try:
        return msgspec.convert(value, wanted, dec_hook=_read_own)
    except (msgspec.ValidationError, OverflowError) as error:
        message = str(error)
        inside = _INSIDE.search(message)
        if inside:
            message = message[: inside.start()]
            path = (*path, *(int(index) for index in re.findall(r"\[(\d+)\]", inside["path"])))
        problems.add(path, _sentence(message))
        return _WRONG


def _read(wanted: Any, value: object, path: Path, problems: Problems) -> Any:
    """Read one value; gives `_WRONG` and notes why when that fails."""
    wanted = _without_none(wanted)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct) and isinstance(value, Mapping):
        found = read_struct(wanted, value, path, problems)
        return _WRONG if found is None else found
    named = _named(wanted)
    if named is not None and isinstance(value, Mapping) and all(isinstance(each, Mapping) for each in value.values()):
        by_name = {name: read_struct(named, each, (*path, name), problems) for name, each in value.items()}
        return _WRONG if None in by_name.values() else by_name
    item = _item(wanted)
    if item is not None and isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        every = [read_struct(item, each, (*path, index), problems) for index, each in enumerate(value)]
        return _WRONG if None in every else tuple(every)
    return _read_plain(wanted, value, path, problems)


def _item(wanted: Any) -> type[msgspec.Struct] | None:
    """The struct of which a list is made, when it is made of one."""
    first = next(iter(get_args(wanted)), None) if get_origin(wanted) is tuple else None
    return first if isinstance(first, type) and issubclass(first, msgspec.Struct) else None


def _named(wanted: Any) -> type[msgspec.Struct] | None:
    """The struct that a table holds by names of the user's own."""
    value = get_args(wanted)[1] if get_origin(wanted) is Mapping else None
    return value if isinstance(value, type) and issubclass(value, msgspec.Struct) else None


def read_struct(wanted: type[StructT], table: Mapping[str, Any], path: Path, problems: Problems) -> StructT | None:
    """Read a table as a struct: unknown keys, missing keys and wrong values are all noted.

    A wrong value is replaced by its default so that what depends on the others can still be checked; None when there
    is no default.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
    for key in table:
        if key not in fields:
            problems.add((*path, key), f"there is no such key; {did_you_mean(key, fields)}")
    values: dict[str, Any] = {}
    whole = True
    for key, field in fields.items():
        value = _read(field.type, table[key], (*path, key), problems) if key in table else _WRONG
        if value is not _WRONG:
            values[field.name] = value
        elif field.required:
            whole = False
            problems.add((*path, key), "is missing, and nothing can stand in for it")
    return _construct(wanted, values, path, problems) if whole else None


def _construct(wanted: type[StructT], values: Mapping[str, Any], path: Path, problems: Problems) -> StructT | None:
    """Make the struct; what its own `__post_init__` refuses is noted at the table."""
    try:
        return wanted(**values)
    except (TypeError, ValueError) as error:
        problems.add(path, str(error))
        return None
