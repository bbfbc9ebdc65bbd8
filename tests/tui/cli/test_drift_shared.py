"""Which differences a path of the command line means."""

import pytest

from ops.drift.source import DriftError
from ops.drift.structs import Baseline, Captured, Difference, Head, Item
from ops.errors import UsageError
from tui.cli.drift_shared import check_known, meant

ODD = Difference(path="files:/etc/[odd]#text", kind="changed")
IMAGE = Difference(path="containers:local/web-1#image", kind="changed")
USERS = Difference(path="users:*", kind="unreadable")
FOLDER = Difference(path="files:/etc/app", kind="unreadable")
ENVIRONMENT = Difference(path="containers:local/web-1#env", kind="unreadable")
ALL = (ODD, IMAGE, USERS, FOLDER, ENVIRONMENT)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("files:/etc/[odd]", [ODD], id="a name with signs of globs is that name"),
        pytest.param("files:/etc/[odd]#text", [ODD], id="so is its fact"),
        pytest.param("containers:*#image", [IMAGE], id="a glob over facts"),
        pytest.param("containers", [IMAGE, ENVIRONMENT], id="a source"),
        pytest.param("users:root", [USERS], id="of a source that can't be read nobody knows"),
        pytest.param("users:root#shell", [USERS], id="nor of a fact of it"),
        pytest.param("files:/etc/app/a.conf", [FOLDER], id="nor of what is in a folder that can't be"),
        pytest.param("files:/etc/app#mode", [FOLDER], id="nor of the folder itself"),
        pytest.param("files:/etc/apple", [], id="a name that only begins the same is another"),
        pytest.param("containers:local/web-1#env.HOME", [ENVIRONMENT], id="nor of a part of what can't be read"),
        pytest.param("containers:local/web-2#env.HOME", [], id="another container is another"),
        pytest.param("git:/srv", [], id="what was not found"),
    ],
)
def test_what_is_looked_at(path: str, found: list[Difference]) -> None:
    assert meant(ALL, [path], hidden=True) == found


def test_what_hides_others_is_not_accepted_with_them() -> None:
    assert meant(ALL, ["users:root", "files:/etc/app/a.conf"]) == []
    assert meant(ALL, []) == list(ALL)


def test_a_path_of_no_source_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="no source of facts"):
        meant(ALL, ["fils:/etc"])


HEAD = Head(name="agreed", id="0123456789ab", at=1.0, host="web-1", user="ann", version="1")
AGREED = Baseline(
    head=HEAD, captured=(Captured(source="files", items=(Item(name="/etc/[a]"),)), Captured(source="git"))
)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("files:/etc/[a]#mode", id="a fact of something agreed, its name as it is"),
        pytest.param("files:/etc/*", id="a glob over things that are agreed"),
        pytest.param("git", id="a source of which there is nothing"),
        pytest.param("containers:local/*", id="what differs, though nothing of it is agreed"),
        pytest.param("users:root", id="what a source that can't be read may have"),
    ],
)
def test_what_is_agreed_or_differs_is_known(path: str) -> None:
    check_known([path], ALL, lambda: AGREED)


@pytest.mark.parametrize(
    ("path", "error"), [("files:/etc/b", UsageError), ("git:/srv/*", UsageError), ("volumes", DriftError)]
)
def test_what_nobody_ever_agreed_on_is_not_said_to_be_as_agreed(path: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="knows nothing"):
        check_known([path], ALL, lambda: AGREED)
