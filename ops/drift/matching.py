"""Which paths a rule means: globs over "source:item#fact", whole items by "source:item", whole sources by "source"."""

from fnmatch import fnmatchcase

from ops.drift.structs import Path


def fits(glob: str, path: Path) -> bool:
    """Whether the glob means this path.

    One with "#" is for facts; one without means an item with all its facts; one without ":" means a source.
    """
    if "#" in glob:
        return bool(path.fact) and fnmatchcase(path.text, glob)
    if ":" in glob:
        return fnmatchcase(f"{path.source}:{path.item}", glob)
    return fnmatchcase(path.source, glob)


def source_of(glob: str) -> str:
    """The one source that a glob can mean, "" where it may be several."""
    source = glob.partition(":")[0]
    return "" if any(sign in source for sign in "*?[") else source
