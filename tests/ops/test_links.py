"""Rows that depend on others: names become ids, and what has not changed stays the same object."""

from msgspec.structs import replace

from ops.links import resolve
from tests.parts.boards import container, postgres, service


def test_names_become_ids_and_parts_depend_on_their_target() -> None:
    api, shop, web = service("api"), postgres(), container("web-1")
    rows = resolve((api, shop, web), {"service:api": ("postgres:shop", "container:web-1", "container:gone")})
    assert rows[0].depends_on == ("postgres:shop", "container:local/web-1", "container:gone")
    assert rows[1] is shop
    assert rows[2].depends_on == ("docker:local",)


def test_what_has_not_changed_is_the_same_object_again() -> None:
    read = (service("api"), container("web-1"))
    wanted = {"service:api": ("container:web-1",)}
    made = resolve(read, wanted)
    known = {pair[0].id: pair for pair in zip(read, made, strict=True)}
    again = resolve((read[0], replace(read[1], word="paused")), wanted, known)
    assert again[0] is made[0]
    assert again[1].word == "paused"
    other = resolve(read, {"service:api": ()}, known)
    assert other[0].depends_on == ()
