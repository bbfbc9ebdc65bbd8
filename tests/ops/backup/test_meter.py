"""How far something is: bytes of all streams, the rate of the last seconds, what is left, told not too often."""

from pathlib import Path

import pytest

from ops.backup.locks import alone
from ops.backup.meter import Meter, running, running_file
from ops.backup.structs import Running


class Watch:
    """A meter on a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.now = 100.0
        self.told: list[Running] = []
        self.file = running_file(folder, "media")
        self.meter = Meter(Running(what="run", since=5.0), self.file, self.told.append, lambda: self.now)


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


def test_the_rate_and_what_is_left_follow_from_the_bytes(watch: Watch) -> None:
    watch.meter.begin("takes", 1000)
    tell = watch.meter.stream()
    for step in range(1, 5):
        watch.now += 1.0
        tell(step * 100)
    last = watch.told[-1]
    assert (last.bytes, last.total_bytes, last.bytes_per_s, last.eta_s) == (400, 1000, 100.0, 6.0)


def test_several_streams_at_once_are_added(watch: Watch) -> None:
    watch.meter.begin("takes", 0)
    one, other = watch.meter.stream(), watch.meter.stream()
    one(100)
    other(10)
    one(150)
    assert watch.meter.bytes == 160


def test_what_is_begun_anew_counts_from_nothing(watch: Watch) -> None:
    watch.meter.begin("reads", 100)
    watch.meter.stream()(100)
    watch.meter.begin("restores", 500)
    assert watch.told[-1] == Running(what="run", since=5.0, total_bytes=500, words="restores")


def test_the_rate_is_that_of_the_last_seconds(watch: Watch) -> None:
    watch.meter.begin("takes", 0)
    tell = watch.meter.stream()
    count = 0
    for step in range(60):
        watch.now += 1.0
        count += 1000 if step < 30 else 10
        tell(count)
    assert watch.told[-1].bytes_per_s == pytest.approx(10.0)
    assert watch.told[-1].eta_s is None


def test_it_is_told_a_few_times_a_second_at_most(watch: Watch) -> None:
    watch.meter.begin("takes", 0)
    tell = watch.meter.stream()
    for count in range(1000):
        watch.now += 0.01
        tell(count)
    assert len(watch.told) <= 45


def test_others_read_it_while_the_set_is_held_and_not_after(watch: Watch, tmp_path: Path) -> None:
    watch.meter.begin("takes", 10)
    assert running(tmp_path, "media") is None
    with alone(tmp_path, "media", "run", say=print):
        found = running(tmp_path, "media")
        assert found is not None
        assert (found.words, found.total_bytes) == ("takes", 10)
        watch.file.write_bytes(b"torn")
        torn = running(tmp_path, "media")
        assert torn is not None
        assert torn.what == "run"
    watch.meter.end()
    assert not watch.file.exists()
