"""What leads a file, a link or a folder back to what was agreed of it: the calls, and what they rely on."""

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from collectors.text import clean
from ops.actions.drifted import Agreed
from ops.actions.errors import Refused
from ops.actions.files import told
from ops.actions.host_files import Present, present
from ops.figures import count
from ops.runner.base import Runner
from ops.runner.calls import File

if TYPE_CHECKING:
    from ops.drift.structs import Item

SOURCES = ("files", "cron", "users")
"""Sources with items that are files, called by their whole paths."""
CONTENT = ("text", "sha256", "content", "hidden", "size_bytes", "target")
"""Facts about what is in a file, or where a link leads."""


def path_of(found: Agreed) -> str:
    """The path of the difference's item. Raises Refused where it is none."""
    from ops.drift.named import raw_name

    path = raw_name(found.path.item)
    if not path.startswith("/"):
        raise Refused(f"{clean(found.path.item)} is no file", "choose the row again", reason="missing")
    return path


def seen_at(path: str, runner: Runner) -> Present:
    """What is there, relied on. Raises Refused."""
    with told(path):
        here = present(path)
    runner.rely("file", f"{here.identity} {here.sha256}")
    return here


def restoring(found: Agreed, here: Present, path: str) -> File:
    """The call that makes it what was agreed. Raises Refused where that is not known, or another kind of thing."""
    wanted = found.agreed
    if wanted is None or not wanted.kept:
        raise Refused(
            f"the baseline does not hold what is in {clean(path)}",
            "bring it back from a backup, or accept the difference",
            reason="missing",
        )
    kind = str(wanted.facts.get("kind", ""))
    if here.kind and (here.kind != kind or kind == "folder"):
        raise Refused(
            f"{clean(path)} is a {here.kind}, not a {kind} as agreed: nothing was done",
            "look at what took its place and move it away, then try again",
            reason="changed",
        )
    return _call(wanted, kind, here, path)


def _call(wanted: "Item", kind: str, here: Present, path: str) -> File:
    from ops.drift.named import raw_name

    mode, owner, group = (raw_name(str(wanted.facts.get(name, ""))) for name in ("mode", "owner", "group"))
    rights = File(path=path, how="write", mode=mode, owner=owner, group=group, expect=here.sha256)
    if kind == "link" and "target" in wanted.facts:
        return replace(rights, how="link", text=raw_name(str(wanted.facts["target"])))
    if kind == "file" and "text" in wanted.facts:
        return replace(rights, text=str(wanted.facts["text"]))
    if kind == "folder":
        return replace(rights, how="folder")
    raise Refused(f"{clean(path)} was a {clean(kind)}", "make it again by hand", reason="missing")


def lines_told(here: Present, text: str) -> str:
    """How much of a text changes, in a few words."""
    before = Counter(here.content.split(b"\n")) if here.kind else Counter()
    after = Counter(text.encode("utf-8", "surrogateescape").split(b"\n"))
    come, go = (after - before).total(), (before - after).total()
    return f"{count(come)} lines of it come back, {count(go)} go"
