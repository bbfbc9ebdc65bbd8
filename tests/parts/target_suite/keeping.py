"""The suite that every target passes: what is kept there is read as it was, and no two are taken for one."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ops.backup.target import Target
from tests.parts.backup_targets import ID, NEWER, OLDER, Stage, pieces, staged, whole
from tests.parts.target_suite.base import BODY, Place, empty, refused


class Keeping(Place):
    """When all goes well."""

    async def test_the_first_backup_makes_its_place(self) -> None:
        with staged(self.scheme, made=False) as bare:
            target = bare.target()
            await empty(target)
            await bare.keep(target, ID, b"x")
            assert list(await target.ids()) == [ID]
            assert await whole(target.read(ID, "a.tar")) == b"x"
            await target.close()

    async def test_what_is_committed_is_read_as_it_was(self, target: Target) -> None:
        await empty(target)
        writing = await target.begin(ID, len(BODY))
        assert await writing.put("a.tar", pieces(BODY[:3_000_001], BODY[3_000_001:])) == len(BODY)
        assert await writing.put("b.sql.zst.wf", pieces(b"x")) == 1
        assert await writing.put("c", pieces()) == 0
        assert list(await target.ids()) == [], "not before it is committed"
        await writing.commit(b'{"a":1}')
        assert list(await target.ids()) == [ID]
        assert await target.manifest(ID) == b'{"a":1}'
        assert await target.sizes(ID) == {"a.tar": len(BODY), "b.sql.zst.wf": 1, "c": 0}
        assert await whole(target.read(ID, "a.tar")) == BODY
        assert [await whole(target.read(ID, "c")), await whole(target.read(ID, "b.sql.zst.wf"))] == [b"", b"x"]
        assert list(await target.leftovers()) == []
        assert "open sesame" not in target.shown != ""

    @pytest.mark.parametrize(
        ("start", "length"),
        [
            pytest.param(0, 1, id="the first byte"),
            pytest.param(1_048_575, 2, id="over the edge of a piece"),
            pytest.param(5_000_000, None, id="from the middle on"),
            pytest.param(len(BODY) - 3, 10, id="more than there is"),
            pytest.param(len(BODY), None, id="behind the end"),
            pytest.param(7, 0, id="none"),
        ],
    )
    async def test_ranges(self, reader: Target, start: int, length: int | None) -> None:
        wanted = BODY[start:] if length is None else BODY[start : start + length]
        assert await whole(reader.read(ID, "a.tar", start, length)) == wanted

    async def test_a_reader_that_stops_in_the_middle_leaves_the_target_usable(self, reader: Target) -> None:
        stream = reader.read(ID, "a.tar")
        assert await anext(aiter(stream))
        await stream.aclose()  # type: ignore[attr-defined]
        assert await whole(reader.read(ID, "a.tar", 0, 4)) == BODY[:4]

    async def test_one_is_removed_and_another_stays(self, stage: Stage, target: Target) -> None:
        other = stage.target(name="media")
        for backup in (OLDER, ID, NEWER):
            await stage.keep(target, backup, backup.encode() * 1000)
        await stage.keep(other, ID, b"of another set")
        assert await target.remove(ID) > 0
        assert list(await target.ids()) == [OLDER, NEWER]
        assert await whole(target.read(NEWER, "a.tar")) == NEWER.encode() * 1000
        assert await whole(other.read(ID, "a.tar")) == b"of another set", "sets don't know of each other"
        await refused(target.remove(ID), "missing")
        await other.close()

    async def test_what_is_not_there(self, stage: Stage, target: Target) -> None:
        await stage.keep(target, OLDER, b"x")
        calls: tuple[Callable[[], Awaitable[object]], ...] = (
            lambda: target.manifest(ID),
            lambda: target.sizes(ID),
            lambda: target.remove(ID),
            lambda: whole(target.read(ID, "a.tar")),
            lambda: whole(target.read(OLDER, "b.tar")),
        )
        for call in calls:
            await refused(call(), "missing")

    async def test_two_writers(self, stage: Stage, target: Target) -> None:
        second = stage.target("db2/1/1")
        one = await target.begin(ID, 0)
        await one.put("a.tar", pieces(b"one"))
        await refused(second.begin(ID, 0), "held", "refused")
        other = await second.begin(NEWER, 0)
        await other.put("a.tar", pieces(b"other"))
        await asyncio.gather(one.commit(b"1"), other.commit(b"2"))
        await refused(second.begin(ID, 0), "refused")
        assert list(await target.ids()) == [ID, NEWER]
        assert await whole(target.read(ID, "a.tar")) == b"one"
        await second.close()

    async def test_what_is_complete_is_never_swept(self, stage: Stage, target: Target) -> None:
        await stage.keep(target, ID, b"x")
        await target.sweep([ID, NEWER])
        assert await whole(target.read(ID, "a.tar")) == b"x"

    async def test_names_that_lead_elsewhere(self, target: Target) -> None:
        writing = await target.begin(ID, 0)
        for name in ("", ".", "..", "../a", "a/b", "/etc/passwd", ".owner", "manifest.json", "a\0b", "-rf"):
            await refused(writing.put(name, pieces(b"x")), "unsafe")
            await refused(whole(target.read(ID, name)), "unsafe")
            await refused(target.begin(name, 0), "refused", "unsafe")
            calls: tuple[Callable[[str], Awaitable[object]], ...] = (target.manifest, target.sizes, target.remove)
            for call in calls:
                await refused(call(name), "refused", "unsafe")
        await writing.abandon()
