"""Manifests: read as they were written, and any other byte in one is damage that is said."""

import json
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.errors import BackupError
from ops.backup.keys import DataKey
from ops.backup.manifest import digest_of, prove, read, written
from ops.backup.structs import FORMAT, Manifest, Part, Sealing

BACKUP = "20261121T020000Z-1a2b3c"
KEY, OTHER_KEY = DataKey(bytes(32)), DataKey(bytes(range(32)))
PART = Part(
    name="db.shop.dump",
    what="database shop",
    format="pg_custom",
    plain_bytes=10,
    stored_bytes=5,
    digest="0" * 64,
    plain_digest="1" * 64,
)


def manifest(**more: object) -> Manifest:
    """Of one database."""
    fields = {"at": 0, "ended_at": 1.5, "took_s": 1.25, "host": "web-1", "parts": (PART,), "counts": {"b": 1, "a": 2}}
    return Manifest(id=BACKUP, set="shop", kind="postgres", **{**fields, **more})  # type: ignore[arg-type]


def sealed() -> Manifest:
    """The same, as the parts of a sealed one are."""
    return manifest(parts=(msgspec.structs.replace(PART, sealed=True),), sealing=Sealing(key_id="a", wrapped="AAAA"))


def told(text: bytes, backup: str = BACKUP) -> BackupError:
    with pytest.raises(BackupError) as error:
        read(text, backup)
    return error.value


def again(text: bytes, **change: object) -> bytes:
    """Another manifest whose digest is right: by somebody who knows how, or by a newer version."""
    fields = {**json.loads(text), **change}
    del fields["digest"]
    body = msgspec.json.format(msgspec.json.encode(fields), indent=2).removesuffix(b"\n}")
    return body + b',\n  "digest": "' + sha256(body).hexdigest().encode() + b'"\n}\n'


@given(
    st.builds(
        manifest,
        at=st.floats(0, 4e9),
        subject=st.text(),
        counts=st.dictionaries(st.text(), st.integers(0, 2**53)),
        facts=st.dictionaries(st.text(), st.one_of(st.text(), st.integers(0, 2**53), st.booleans(), st.floats(0, 1e9))),
        notes=st.lists(st.text()).map(tuple),
    )
)
def test_what_was_written_is_read(one: Manifest) -> None:
    text = written(one)
    assert read(text, BACKUP) == one
    assert written(read(text)) == text
    assert json.loads(text)["digest"] == list(json.loads(text).values())[-1], "JSON for anybody, the digest last"


@given(st.data())
def test_any_bit_flipped_is_damaged(draw: st.DataObject) -> None:
    one, key = draw.draw(st.sampled_from([(manifest(), None), (sealed(), KEY)]))
    text = bytearray(written(one, key))
    at = draw.draw(st.integers(0, len(text) * 8 - 1))
    text[at // 8] ^= 1 << at % 8
    assert told(bytes(text)).reason == "damaged"


@given(st.data())
def test_any_cut_and_anything_more_is_damaged(draw: st.DataObject) -> None:
    text = written(manifest())
    assert told(text[: draw.draw(st.integers(0, len(text) - 1))]).reason == "damaged"
    assert told(text + draw.draw(st.binary(min_size=1))).reason == "damaged"


def test_bytes_of_anything_are_damaged() -> None:
    for text in (b"", b"{}", b'{"digest": ""}', b"\xff" * 300, written(manifest()).replace(b"\n", b"\r\n")):
        assert told(text).reason == "damaged"


def test_a_newer_one_is_said_to_be_newer() -> None:
    newer = told(again(written(manifest()), format=FORMAT + 1, unheard_of=True))
    assert newer.reason == "newer"
    assert f"format {FORMAT + 1}" in newer.message


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"unheard_of": True}, id="a member that is none"),
        pytest.param({"id": "20261122T020000Z-1a2b3c"}, id="of another backup"),
        pytest.param({"id": "../../etc"}, id="an id that climbs out"),
        pytest.param({"parts": [{**msgspec.to_builtins(PART), "name": "../x"}]}, id="a part that climbs out"),
        pytest.param({"parts": [{**msgspec.to_builtins(PART), "name": "manifest.json"}]}, id="a part called as it"),
        pytest.param({"parts": [msgspec.to_builtins(PART)] * 2}, id="two parts of one name"),
        pytest.param({"parts": [{**msgspec.to_builtins(PART), "sealed": True}]}, id="a sealed part without a key"),
        pytest.param({"parts": [{**msgspec.to_builtins(PART), "plain_bytes": -1}]}, id="fewer than no bytes"),
        pytest.param({"at": 1e300}, id="a moment that no calendar has"),
        pytest.param({"ended_at": -5.0}, id="an end before all time"),
        pytest.param({"host": 1}, id="a number for a name"),
        pytest.param({"format": "1"}, id="a format that is no number"),
    ],
)
def test_what_nobody_writes_is_damaged_though_its_digest_is_right(change: dict[str, object]) -> None:
    assert told(again(written(manifest()), **change)).reason == "damaged"


def test_a_seal_is_only_of_its_key_and_its_text() -> None:
    text = written(sealed(), KEY)
    assert read(text) == sealed()
    prove(text, KEY)
    with pytest.raises(BackupError, match="seal"):
        prove(text, OTHER_KEY)
    with pytest.raises(BackupError, match="seal"):
        prove(written(manifest()), KEY)
    body = text[: text.rindex(b',\n  "digest"')].replace(b"web-1", b"web-2")
    forged = body + b',\n  "digest": "' + sha256(body).hexdigest().encode() + b'"\n}\n'
    assert read(forged).host == "web-2"
    with pytest.raises(BackupError, match="somebody else"):
        prove(forged, KEY)


def test_a_seal_and_a_key_belong_together() -> None:
    with pytest.raises(ValueError, match="seal"):
        written(sealed())
    with pytest.raises(ValueError, match="seal"):
        written(manifest(), KEY)


def test_its_own_digest_is_of_the_whole_text() -> None:
    text = written(manifest())
    assert digest_of(text) == sha256(text).hexdigest()
