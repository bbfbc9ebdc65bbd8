"""Ignore rules: what they mean is flagged with the rule, and every rule's count is told."""

from ops.drift.ignoring import counts, ignored
from ops.drift.structs import Difference

GLOBS = ("containers:*#labels.*", "files:/var/tmp/*", "containers:local/web-1")


def difference(path: str) -> Difference:
    """One that changed."""
    return Difference(path=path, kind="changed")


def test_the_first_rule_that_means_it_ignores_it() -> None:
    assert ignored(difference("containers:local/web-1#labels.a"), GLOBS) == "containers:*#labels.*"
    assert ignored(difference("containers:local/web-1#image"), GLOBS) == "containers:local/web-1"
    assert ignored(difference("containers:local/web-2#image"), GLOBS) == ""
    assert ignored(difference("files:/var/tmp/x"), GLOBS) == "files:/var/tmp/*"
    assert ignored(difference("files:/var/tmp/x"), ()) == ""


def test_each_rule_is_counted_also_one_that_ignores_nothing() -> None:
    found = [
        Difference(path="a:b", kind="added", ignored="containers:*#labels.*"),
        Difference(path="a:c", kind="added", ignored="containers:*#labels.*"),
        Difference(path="a:d", kind="added", ignored="gone:*"),
        Difference(path="a:e", kind="added"),
    ]
    assert counts(found, GLOBS) == {
        "containers:*#labels.*": 2,
        "files:/var/tmp/*": 0,
        "containers:local/web-1": 0,
        "gone:*": 1,
    }
