"""Which names a config wants."""

import pytest

from collectors.globs import is_wanted


@pytest.mark.parametrize(
    ("only", "exclude", "wanted"),
    [
        pytest.param((), (), True, id="everything without globs"),
        pytest.param(("web-*", "db"), (), True, id="one of those to take"),
        pytest.param(("db",), (), False, id="none of those to take"),
        pytest.param((), ("*-1",), False, id="one of those to leave out"),
        pytest.param(("web-*",), ("*-1",), False, id="what is left out stands above what is taken"),
    ],
)
def test_names(only: tuple[str, ...], exclude: tuple[str, ...], wanted: bool) -> None:
    assert is_wanted("web-1", only, exclude) is wanted
