"""What the commands about drift share: their options, which differences are meant, and how it ends that they can't."""

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from collectors.text import clean
from ops.config.names import did_you_mean
from ops.errors import OpsError, UsageError
from tui.cli.output import complain, say_json, then

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.drift.structs import Baseline, Difference

FAILED = 1
ONLY = "names of sources or groups (docker, git, env, files, system, network, security, data), with commas"
WHICH = 'paths, or globs over them: "containers:local/web-1#image", "files:/etc/nginx/*", "git"'


def declare_only(parser: argparse.ArgumentParser) -> None:
    """Declare `--only`."""
    parser.add_argument("--only", metavar="NAMES", action="append", default=[], help=ONLY)


def declare_baseline(parser: argparse.ArgumentParser) -> None:
    """Declare `--baseline` and `--force`."""
    which = "compare with that one, by its name or its file; default: the one that was captured or chosen last"
    parser.add_argument("--baseline", metavar="NAME", default="", help=which)
    declare_force(parser)


def declare_force(parser: argparse.ArgumentParser) -> None:
    """Declare `--force`."""
    doubtful = "take it also where it was edited by hand, or is of another host or a newer version"
    parser.add_argument("--force", action="store_true", help=doubtful)


def declare_paths(parser: argparse.ArgumentParser, nargs: str) -> None:
    """Declare which differences are meant."""
    parser.add_argument("paths", metavar="PATH", nargs=nargs, help=WHICH)


def names_of(texts: Iterable[str]) -> tuple[str, ...]:
    """What `--only` names, given once with commas or several times. Raises UsageError for what nothing is called."""
    names = tuple(name for text in texts for name in text.replace(",", " ").split())
    if names:
        from ops.drift.registry import discover

        found = discover()
        known = sorted({*found, *(source.group for source in found.values())})
        for name in names:
            if name not in known:
                raise UsageError(f'no source of facts is called "{clean(name)}"; {did_you_mean(name, known)}')
    return names


def meant(differences: Iterable["Difference"], paths: Sequence[str], *, hidden: bool = False) -> "list[Difference]":
    """Those with these paths, or all where none is given. Raises UsageError for a path of no source.

    With `hidden` also what can't be read and so hides how one of the paths stands.
    """
    for path in paths:
        _check(path)
    return [
        one
        for one in differences
        if not paths or any(_means(path, one) or (hidden and _hides(one, path)) for path in paths)
    ]


def _means(path: str, one: "Difference") -> bool:
    from ops.drift.matching import fits

    place = one.place
    # A name may have the signs of globs in it.
    return path in (one.path, place._replace(fact="").text) or fits(path, place)


def _hides(one: "Difference", path: str) -> bool:
    """Whether it can't be read, and what the path means is part of it: of a source, a folder, an item, a fact."""
    from ops.drift.compare import WHOLE

    if one.kind != "unreadable":
        return False
    place, (item, _, fact) = one.place, path.partition("#")
    if place.item == WHOLE:
        return fnmatchcase(place.source, path.partition(":")[0])
    whole = place._replace(fact="").text
    if whole == item or fnmatchcase(whole, item):
        return not place.fact or fact.startswith(f"{place.fact}.")
    return not place.fact and item.startswith(f"{whole.rstrip('/')}/")


def check_known(paths: Sequence[str], found: Sequence["Difference"], baseline: "Callable[[], Baseline]") -> None:
    """Raises UsageError for a path that means nothing that differs and nothing that was agreed: a slip of the pen.

    DriftError for a source that was not agreed on at all. `baseline` is asked only where a path means nothing that
    differs.
    """
    from ops.drift.source import DriftError

    strange = [path for path in paths if not meant(found, [path], hidden=True)]
    agreed = baseline() if strange else None
    for path in strange:
        if agreed is not None and not _is_agreed(path.partition("#")[0], agreed):
            said = f'the baseline "{clean(agreed.head.name)}" knows nothing that is called "{clean(path)}"'
            more = "watchfloor drift export shows what is agreed, watchfloor drift capture agrees on more"
            raise UsageError(f"{said}; {more}") if ":" in path else DriftError(said, more)


def _is_agreed(item: str, baseline: "Baseline") -> bool:
    if ":" not in item:
        return any(fnmatchcase(one.source, item) for one in baseline.captured)
    names = (f"{one.source}:{each.name}" for one in baseline.captured for each in one.items)
    return any(name == item or fnmatchcase(name, item) for name in names)


def _check(path: str) -> None:
    from ops.config.drifted import source_names
    from ops.drift.matching import source_of

    source = source_of(path)
    if source and source not in source_names():
        raise UsageError(f'no source of facts is called "{source}"; {did_you_mean(source, source_names())}')


def may_write(config: "Config") -> None:
    """Raises OpsError where the config allows to look alone."""
    if config.settings.read_only:
        raise OpsError("the config says read_only = true under [watchfloor]: nothing is changed from here")


def asked_to_fix() -> bool:
    """Whether AUTO_FIX=true asks for fixes."""
    from ops.drift.auto import is_asked

    return is_asked(os.environ)


def ended(args: argparse.Namespace) -> int:
    """Do what the words say; what can't be done ends with 1. Raises UsageError."""
    from ops.drift.source import DriftError

    try:
        return int(args.do(args))
    except UsageError:
        raise
    except DriftError as error:
        return failed(args, error.message, error.remedy)
    except OpsError as error:
        return failed(args, error.message)


def failed(args: argparse.Namespace, message: str, remedy: str = "") -> int:
    """Say why nothing came of it; gives the exit status."""
    if args.json:
        say_json({"verdict": "error", "said": message, "remedy": remedy})
    else:
        complain(f"watchfloor: {message}{then(remedy)}")
    return FAILED
