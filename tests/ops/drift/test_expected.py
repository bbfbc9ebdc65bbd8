"""What is expected: exactly what was accepted, and what a job of watchfloor did, until it changes again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.drift.accepted import FILE_NAME, Accepted
from ops.drift.expected import Expected, explains
from ops.drift.source import DriftError
from ops.drift.structs import Difference, Findings, Head
from ops.jobs.structs import Job
from ops.remediations import __path__ as remediations
from tests.parts.memory_jobs import job

BASELINE = Head(name="agreed", id="0123456789ab", at=1_000.0, host="web-1", user="ann", version="0.1.0")
IMAGE = Difference(path="containers:local/web-1#image", kind="changed", before="nginx:1.24", after="nginx:1.25")


def recreated(number: int = 12, began_at: float = 2_000.0, **about: object) -> Job:
    """A job that recreated web-1 and has ended well."""
    found = job(
        number,
        "recreate container web-1",
        began_at=began_at,
        **{"state": "ended", "verdict": "verified", "ended_at": began_at + 10} | about,
    )
    return replace(found, request=replace(found.request, action="container.recreate"))


def findings(at: float, *differences: Difference, baseline: Head = BASELINE) -> Findings:
    """The detection before."""
    return Findings(at=at, took_s=5, baseline=baseline, differences=differences)


def test_what_was_accepted_is_expected_as_long_as_it_stays_so(tmp_path: Path) -> None:
    accepted = Accepted(tmp_path)
    assert accepted.add([IMAGE], BASELINE.id, by="ann", reason=" new image \x1b[0m(ticket 12) ", now=5) == 1
    expected = Expected(BASELINE, accepted.all())
    assert expected.why(IMAGE) == "accepted by ann: new image ␛[0m(ticket 12)"
    assert expected.why(replace(IMAGE, after="nginx:1.26")) == ""
    assert expected.why(replace(IMAGE, path="containers:local/web-2#image")) == ""
    assert Expected(replace(BASELINE, id="ba9876543210"), accepted.all()).why(IMAGE) == "", "it was agreed on anew"


def test_accepting_twice_is_as_once_and_it_can_be_taken_back(tmp_path: Path) -> None:
    accepted = Accepted(tmp_path)
    assert accepted.all() == []
    assert accepted.add([IMAGE, IMAGE], BASELINE.id, by="ann", reason="new", now=5) == 1
    assert accepted.add([IMAGE], BASELINE.id, by="bob", reason="still new", now=6) == 0
    (one,) = accepted.all()
    assert (one.by, one.reason, one.at) == ("bob", "still new", 6)
    assert accepted.add([replace(IMAGE, after="nginx:1.26")], BASELINE.id, by="ann", reason="newer", now=7) == 1
    assert len(accepted.all()) == 1, "only one value of a fact is meant"
    assert accepted.remove([IMAGE.path], "ba9876543210") == 0
    assert accepted.remove([IMAGE.path, "files:/etc/x"], BASELINE.id) == 1
    assert accepted.all() == []


def test_what_was_accepted_for_baselines_that_are_gone_is_forgotten(tmp_path: Path) -> None:
    accepted = Accepted(tmp_path)
    accepted.add([IMAGE], "old", by="ann", reason="new", now=5)
    accepted.add([IMAGE], BASELINE.id, by="ann", reason="new", now=5)
    accepted.forget([BASELINE.id])
    assert [one.baseline for one in accepted.all()] == [BASELINE.id]


def test_what_was_accepted_goes_on_where_other_sources_are_captured_anew(tmp_path: Path) -> None:
    accepted = Accepted(tmp_path)
    mode = Difference(path="files:/etc/x#mode", kind="changed", before="0644", after="0600")
    accepted.add([IMAGE, mode], BASELINE.id, by="ann", reason="new", now=5)
    accepted.carry(BASELINE.id, "ba9876543210", ["files"])
    expected = Expected(replace(BASELINE, id="ba9876543210"), accepted.all())
    assert (bool(expected.why(IMAGE)), bool(expected.why(mode))) == (True, False)


def test_many_that_accept_at_once_lose_nothing(tmp_path: Path) -> None:
    def accept(number: int) -> int:
        one = replace(IMAGE, path=f"files:/etc/{number}#mode")
        return Accepted(tmp_path).add([one], BASELINE.id, by="ann", reason="new", now=5)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(accept, range(24))) == 24
    assert len(Accepted(tmp_path).all()) == 24


def test_without_a_reason_nothing_is_accepted_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    accepted = Accepted(tmp_path)
    with pytest.raises(DriftError, match="without a reason"):
        accepted.add([IMAGE], BASELINE.id, by="ann", reason=" ", now=5)
    accepted.add([IMAGE], BASELINE.id, by="ann", reason="new", now=5)
    file = tmp_path / "drift" / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DriftError, match="damaged"):
        accepted.all()
    with pytest.raises(DriftError, match="damaged"):
        accepted.add([IMAGE], BASELINE.id, by="ann", reason="new", now=5)


@pytest.mark.parametrize(
    ("done", "previous", "says"),
    [
        pytest.param(recreated(), None, True, id="a job since the baseline"),
        pytest.param(recreated(), findings(1_990), True, id="a job since the last detection"),
        pytest.param(recreated(), findings(2_012), True, id="one that ran while the last detection captured"),
        pytest.param(recreated(), findings(2_500), False, id="one that the last detection would have seen"),
        pytest.param(recreated(), findings(1_990, IMAGE), False, id="what was drift before the job"),
        pytest.param(recreated(), findings(2_500, replace(IMAGE, expected="job 12 by alice: recreate container web-1")),
                     True, id="what it explained once"),
        pytest.param(recreated(), findings(2_500, replace(IMAGE, after="x", expected="job 12 by alice: recreate")),
                     False, id="what changed again since"),
        pytest.param(recreated(), findings(2_500, replace(IMAGE, expected="accepted by ann: new")),
                     False, id="what was accepted, and was taken back"),
        pytest.param(recreated(), findings(2_500, baseline=replace(BASELINE, id="x")),
                     True, id="findings of another baseline"),
        pytest.param(recreated(began_at=900.0), None, False, id="a job of before the baseline"),
        pytest.param(recreated(state="running", verdict="", ended_at=None), findings(2_500), True, id="one that runs"),
        pytest.param(recreated(verdict="failed"), None, False, id="one that failed"),
        pytest.param(recreated(verdict="refused"), None, False, id="one that was refused"),
    ],
)  # fmt: skip
def test_which_jobs_explain(done: Job, previous: Findings | None, says: bool) -> None:
    why = Expected(BASELINE, (), [done], previous).why(IMAGE)
    assert why == ("job 12 by alice: recreate container web-1" if says else "")


def test_a_clock_that_was_set_back_explains_what_was_done_since() -> None:
    done, previous = recreated(began_at=2_000.0), findings(5_000.0)
    assert Expected(BASELINE, (), [done], previous, now=2_100.0).why(IMAGE)
    assert not Expected(BASELINE, (), [done], previous, now=5_100.0).why(IMAGE)
    assert not Expected(BASELINE, (), [done], findings(5_000.0, IMAGE), now=2_100.0).why(IMAGE), "it was drift before"


@pytest.mark.parametrize(
    ("path", "explained"),
    [
        pytest.param("containers:local/web-1#image_digest", True, id="the build of its image"),
        pytest.param("images:local/nginx:1.25", True, id="an image that was pulled"),
        pytest.param("containers:local/web-1#env.DEBUG", False, id="its environment, which it keeps"),
        pytest.param("containers:local/web-10#image", False, id="a container whose name only begins so"),
        pytest.param("containers:other/web-1#image", False, id="one of another engine"),
        pytest.param("files:/etc/hosts#mode", False, id="something else"),
    ],
)
def test_a_job_explains_only_what_its_action_changes(path: str, explained: bool) -> None:
    changed = Difference(path=path, kind="changed")
    assert bool(Expected(BASELINE, (), [recreated()]).why(changed)) is explained
    assert Expected(BASELINE, (), [recreated()]).why(replace(changed, kind="unreadable")) == ""


def test_a_name_is_never_a_glob() -> None:
    odd = recreated()
    odd = replace(odd, request=replace(odd.request, row="container:local/*"))
    assert Expected(BASELINE, (), [odd]).why(IMAGE) == ""


def test_every_action_that_explains_something_is_one() -> None:
    files = {file.stem for folder in remediations for file in Path(folder).glob("*.py")}
    named = {action.replace(".", "_").replace("-", "_") for rule in explains() for action in rule.actions}
    assert named <= files
