"""Which files a glob means, tried on real folders."""

from pathlib import Path

import pytest

from ops.drift.host.globbing import find

FILES = ("a.conf", "b.conf", ".hidden.conf", "sub/c.conf", "sub/deep/d.conf", "sub/deep/e.txt", "[odd]")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with a link that leads back up."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "sub" / "self").symlink_to("self")
    return tmp_path


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        pytest.param("a.conf", ["a.conf"], id="a name"),
        pytest.param("none.conf", [], id="a name that nothing has"),
        pytest.param("*.conf", [".hidden.conf", "a.conf", "b.conf"], id="a star, dots too"),
        pytest.param("?.conf", ["a.conf", "b.conf"], id="one sign"),
        pytest.param("[ab].conf", ["a.conf", "b.conf"], id="one of several"),
        pytest.param("[[]odd]", ["[odd]"], id="a bracket that is meant"),
        pytest.param("*/c.conf", ["sub/c.conf"], id="a folder of any name"),
        pytest.param(
            "**/*.conf", [".hidden.conf", "a.conf", "b.conf", "sub/c.conf", "sub/deep/d.conf"], id="at any depth, once"
        ),
        pytest.param("**/deep/**", ["sub/deep/d.conf", "sub/deep/e.txt"], id="all below a folder at any depth"),
        pytest.param("sub/**", ["sub/c.conf", "sub/deep", "sub/deep/d.conf", "sub/deep/e.txt", "sub/self", "sub/up"],
                     id="all below, links not followed"),
        pytest.param("sub/up/a.conf", ["sub/up/a.conf"], id="a link that is named is followed"),
        pytest.param("./sub/../a.conf", ["a.conf"], id="dots in the way"),
        pytest.param("a.conf/**", [], id="below what is no folder"),
    ],
)  # fmt: skip
def test_a_glob_means(root: Path, glob: str, expected: list[str]) -> None:
    found = find([glob], root)
    assert sorted(path.removeprefix(f"{root}/") for path in found.paths) == sorted(expected)
    assert found.unreadable == {}


def test_a_path_that_is_asked_for_is_found_alone(root: Path) -> None:
    assert find(["**"], root, f"{root}/sub/deep/d.conf").paths == {f"{root}/sub/deep/d.conf"}
    assert find(["*.txt"], root, f"{root}/sub/deep/d.conf").paths == set()
