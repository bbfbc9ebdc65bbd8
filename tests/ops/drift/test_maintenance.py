"""Planned work: captured, silenced and looked through at its beginning; compared, told and reported at its end."""

import asyncio
from collections.abc import Callable
from pathlib import Path as File

import pytest

from ops.alerts.matchers import holds, means_everything, read_matcher
from ops.board import Board
from ops.config.decode import decode
from ops.drift.desk import DriftDesk
from ops.drift.maintenance import Maintenance, Report, Work, everything, markdown
from ops.drift.source import DriftError
from ops.incidents.book import IncidentBook
from tests.parts.boards import board, check, row

NOW = 1_800_000_000.0


class Scene:
    """A host with one agreed file, and a floor that watches a service and a database."""

    def __init__(self, folder: File) -> None:
        self.at = NOW
        self.file = folder / "app.conf"
        self.file.write_text("listen 80\n")
        config = folder / "floor.toml"
        config.write_text(
            f'[store]\npath = "{folder / "state"}"\n[[drift]]\nname = "web-1"\nonly = ["files"]\n'
            f'files = ["{self.file}"]\n[[service]]\nname = "api"\nurl = "http://127.0.0.1:1/"\n'
        )
        self.config = decode(config.read_text(), str(config)).config

        def clock() -> float:
            return self.at

        self.desk, self.book = DriftDesk(self.config, clock=clock), IncidentBook(folder / "state", clock=clock)
        self.work = self.made(clock)

    def made(self, clock: Callable[[], float]) -> Maintenance:
        return Maintenance(self.config, self.desk, self.book, self.look, clock=clock)

    async def look(self) -> Board:
        bad = check("service.reach", "critical", "connection refused")
        return board(row("service:api", checks=(bad,)), row("host.disk:web-1/root", {"percent": 61.0}))

    def begin(self, reason: str = "new kernel", for_s: float = 7200.0) -> Work:
        return asyncio.run(self.work.begin("ann", reason, for_s))

    def end(self) -> Report:
        self.at += 600
        return asyncio.run(self.work.end("bob"))


@pytest.fixture
def scene(tmp_path: File) -> Scene:
    return Scene(tmp_path)


def test_from_its_beginning_to_its_end(scene: Scene) -> None:
    asyncio.run(scene.desk.capture("agreed", by="ann"))
    begun = scene.begin()

    assert scene.work.begun() == begun
    assert scene.desk.current() == "agreed"
    (silence,) = scene.book.silences()
    assert (silence.id, silence.end, silence.comment) == (begun.silence, NOW + 7200, "maintenance: new kernel")
    scene.file.write_text("listen 8080\n")

    report = scene.end()

    assert scene.work.begun() is None
    assert {one.place.item for one in report.findings.drift} == {str(scene.file)}
    assert report.findings.baseline.name == begun.baseline
    assert [one.state(scene.at) for one in scene.book.silences()] == ["expired"]
    assert asyncio.run(scene.desk.detect()).drift


def test_its_report_names_who_what_changed_and_what_is_not_well(scene: Scene) -> None:
    scene.begin("kernel | <b>5.0</b>")
    scene.file.write_text("listen 8080\n")

    text = markdown(scene.end())

    assert text.startswith("# Maintenance: kernel \\| \\<b\\>5.0\\</b\\>\n")
    assert "| begun | 2027-01-15 08:00:00 UTC | ann |" in text
    assert "| ended | 2027-01-15 08:10:00 UTC | bob |" in text
    assert "| health checks | NOT OK | api: connection refused |" in text
    assert "disk root: 61 % used" in text
    assert "app.conf" in text
    assert "changed from listen 80 to listen 8080" in text


def test_nothing_that_changed_is_said_so(scene: Scene) -> None:
    scene.begin()

    assert "Nothing that is captured." in markdown(scene.end())


def test_it_is_begun_once_and_ended_once(scene: Scene) -> None:
    with pytest.raises(DriftError, match="no maintenance goes on"):
        scene.end()
    scene.begin()
    with pytest.raises(DriftError, match="goes on already: new kernel, begun by ann") as refused:
        scene.begin()
    assert "maintenance end" in refused.value.remedy


def test_of_two_at_once_one_is_begun(scene: Scene) -> None:
    async def both() -> tuple[Work | BaseException, ...]:
        one, other = (scene.work.begin(who, "new kernel", 60.0) for who in ("ann", "bob"))
        return await asyncio.gather(one, other, return_exceptions=True)

    begun = asyncio.run(both())

    assert sorted(type(one).__name__ for one in begun) == ["DriftError", "Work"]
    assert len(scene.book.silences()) == 1


@pytest.mark.parametrize("for_s", [pytest.param(0.0, id="no time"), pytest.param(2 * 86400.0, id="two days")])
def test_it_lasts_for_a_time_that_one_can_mean(scene: Scene, for_s: float) -> None:
    with pytest.raises(DriftError, match="up to a day"):
        scene.begin(for_s=for_s)
    assert scene.desk.baselines() == []


def test_what_is_compared_with_is_never_another_one_whatever_ends_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(scene.desk.capture("agreed", by="ann"))

    async def killed() -> Board:
        assert scene.desk.current() == "agreed"
        raise SystemExit

    monkeypatch.setattr(scene.work, "_look", killed)
    with pytest.raises(SystemExit):
        scene.begin()
    assert scene.desk.current() == "agreed"


def test_what_can_not_be_written_down_silences_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ops.drift.maintenance.replace_file", full)
        with pytest.raises(DriftError, match="No space left"):
            scene.begin()

    assert scene.work.begun() is None
    assert [one.state(scene.at) for one in scene.book.silences()] == ["expired"]


def test_it_ends_also_where_what_changed_can_not_be_told_any_more(scene: Scene, tmp_path: File) -> None:
    begun = scene.begin()
    (tmp_path / f"state/drift/baselines/{begun.baseline}.toml").unlink()

    report = scene.end()

    assert [(one.path, one.kind) for one in report.findings.drift] == [(f"baseline:{begun.baseline}", "unreadable")]
    assert f'what changed can\'t be told: there is no baseline "{begun.baseline}"' in markdown(report)
    assert scene.work.begun() is None
    assert [one.state(scene.at) for one in scene.book.silences()] == ["expired"]


def test_a_silence_that_has_ended_by_itself_is_not_ended_again(scene: Scene) -> None:
    scene.begin(for_s=60.0)

    assert scene.end().notes == ()


def test_a_damaged_note_of_it_is_told_with_its_remedy(scene: Scene, tmp_path: File) -> None:
    scene.begin()
    for damage in (b"{", b'{"reason":"\xff"}'):
        (tmp_path / "state/drift/maintenance.json").write_bytes(damage)
        with pytest.raises(DriftError, match="is damaged"):
            scene.work.begun()


def test_all_that_the_config_watches_is_silenced_but_not_the_floor_itself(scene: Scene) -> None:
    matcher = everything(scene.config)

    assert not means_everything([matcher])
    assert read_matcher(f'kind=~"{matcher.value}"'.replace("\\", "\\\\")) == matcher
    for kind in ("service", "drift", "host.disk", "container", "queue", "slo"):
        assert holds([matcher], {"kind": kind}) is (kind != "host.disk")
    for kind in ("floor", "notify"):
        assert not holds([matcher], {"kind": kind})
