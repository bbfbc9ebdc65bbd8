"""What hides how a fact stands: that a difference is not there does not prove that it was put right."""

import pytest

from ops.drift.looking import unseen
from ops.drift.structs import Difference, Kind, Path


@pytest.mark.parametrize(
    ("path", "kind", "wanted", "hides"),
    [
        pytest.param("files:/a", "removed", "files:/a#mode", True, id="the whole file is gone"),
        pytest.param("files:/a", "unreadable", "files:/a#mode", True, id="the whole file can't be read"),
        pytest.param("files:*", "unreadable", "files:/a#mode", True, id="the whole source can't be read"),
        pytest.param("files:*", "unreadable", "files:/a", True, id="the whole source, and the whole file is asked for"),
        pytest.param("containers:l/w#env", "unreadable", "containers:l/w#env.HOME", True, id="what it is part of"),
        pytest.param("containers:l/w#env", "changed", "containers:l/w#env.HOME", False, id="what can be read"),
        pytest.param("files:/a#owner", "unreadable", "files:/a#mode", False, id="another fact"),
        pytest.param("files:/a#mode", "unreadable", "files:/a#mode", False, id="itself, which is told as such"),
        pytest.param("files:/a#mode", "removed", "files:/a", False, id="a fact of an item that is there"),
        pytest.param("files:/b", "removed", "files:/a#mode", False, id="another file"),
        pytest.param("images:/a", "removed", "files:/a#mode", False, id="another source"),
    ],
)
def test_what_hides_how_it_stands(path: str, kind: Kind, wanted: str, hides: bool) -> None:
    found = [Difference(path=path, kind=kind)]

    told = f"how {wanted} stands can't be seen: {path} is {kind}"
    assert unseen(found, Path.read(wanted)) == (told if hides else "")
