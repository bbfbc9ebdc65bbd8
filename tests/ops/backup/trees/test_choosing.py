"""Which tars what is wanted may lie in, told by its name."""

import pytest

from ops.backup.trees.choosing import concerned


@pytest.mark.parametrize(
    ("only", "path", "wanted"),
    [
        pytest.param((), "/srv/app", True, id="all of it is wanted"),
        pytest.param(("/srv/app",), "/srv/app", True, id="the place itself"),
        pytest.param(("/srv/app/a.txt",), "/srv/app", True, id="something in it"),
        pytest.param(("/srv/",), "/srv/app", True, id="a folder that it is in"),
        pytest.param(("/",), "/srv/app", True, id="everything"),
        pytest.param(("/srv/app.env",), "/srv/app", False, id="a name that only begins like it"),
        pytest.param(("/etc/hosts",), "/srv/app", False, id="another place"),
        pytest.param(("/etc/hosts", "/srv/app/a"), "/srv/app", True, id="one of several"),
        pytest.param(("a.txt",), "/srv/app", True, id="a name that could be anywhere"),
        pytest.param(("/etc/*",), "/srv/app", True, id="a glob could mean anything"),
    ],
)
def test_a_tar_is_concerned(only: tuple[str, ...], path: str, wanted: bool) -> None:
    assert concerned(only, path) is wanted
