"""Where each tar of a backup goes: what its manifest says is not believed where that would move a whole host aside."""

import pytest

from ops.backup.base import Wish
from ops.backup.structs import Manifest, Part
from ops.backup.trees.restoring import spots


@pytest.mark.parametrize(("path", "swapped"), [("/srv/media", True), ("/", False), ("//./", False)])
def test_the_root_of_a_host_is_never_swapped_as_a_whole(path: str, swapped: bool) -> None:
    part = Part(name="a.tar", what="files", format="tar", plain_bytes=1, stored_bytes=1, digest="", plain_digest="")
    manifest = Manifest(
        id="20261121T020000Z-1a2b3c", set="media", kind="files", at=1.0, ended_at=1.0, took_s=0.0, host="web-1",
        parts=(part,), facts={"a.tar.path": path, "a.tar.whole": True},
    )  # fmt: skip
    [spot] = spots(manifest, Wish())
    assert spot.swapped is swapped
