"""The poller on virtual time: schedules, deadlines, lanes, outcomes, and how it ends."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from collectors.base import CollectError, Entity, NoData, Poll, Reading
from collectors.poller import PolledTarget, Poller
from tests.parts.clock import VirtualClock, run_virtual
from tests.parts.scripted import Scripted, answer, hang, of, scripted

Script = Callable[[Scripted], Awaitable[object]]


class Watch:
    """Runs a poller for some virtual time and keeps what it delivered, with the monotonic time of each."""

    def __init__(self, clock: VirtualClock, *targets: PolledTarget) -> None:
        self.clock = clock
        self.polls: dict[str, list[Poll]] = defaultdict(list)
        self.ends: dict[str, list[float]] = defaultdict(list)
        self.poller = Poller(targets, self._take, clock=clock)
        self._task = asyncio.get_running_loop().create_task(self.poller.run())

    def _take(self, poll: Poll) -> None:
        self.polls[poll.target].append(poll)
        self.ends[poll.target].append(self.clock.monotonic())

    def gaps(self, target: str) -> list[float]:
        """Seconds between the ends of its polls."""
        ends = self.ends[target]
        return [after - before for before, after in pairwise(ends)]

    async def stop(self) -> None:
        """Close it; its run must then end by itself."""
        await self.poller.close()
        await self._task


async def _swallow(collector: Scripted) -> None:
    collector.phase = "connecting"
    while True:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            continue
        return


async def _wrap(_: Scripted) -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise CollectError("connection lost", reason="reset") from None


async def _nothing(_: Scripted) -> None:
    raise NoData("no pressure files on this kernel")


async def _refuse(_: Scripted) -> None:
    raise CollectError("refused \x1b[2J", reason="refused", remedy="start it")


async def _bug(_: Scripted) -> None:
    raise KeyError("a\u202eb")


async def _cancel_itself(_: Scripted) -> None:
    raise asyncio.CancelledError


async def _own_timeout(_: Scripted) -> None:
    raise TimeoutError("read took too long")


async def _empty(_: Scripted) -> Reading:
    return Reading(())


async def _hostile(_: Scripted) -> Reading:
    return Reading((Entity(kind="scripted", name="a\x1b]52;c;x\x07", facts={"state\n": "\x9b31m", "x": float("nan")}),))


@pytest.mark.parametrize(
    ("script", "outcome", "reason", "error"),
    [
        pytest.param(answer, "fresh", "", "", id="an answer is fresh"),
        pytest.param(_nothing, "no_data", "missing", "no pressure files on this kernel", id="nothing to read"),
        pytest.param(_refuse, "failed", "refused", "refused ␛[2J", id="a refused poll has failed, in inert words"),
        pytest.param(
            hang, "failed", "timeout", "no answer within 5 s while waiting for the first byte", id="a hang times out"
        ),
        pytest.param(_wrap, "failed", "timeout", "no answer within 5 s while starting", id="a wrapped cancel too"),
        pytest.param(_swallow, "failed", "timeout", "no answer within 5 s while connecting", id="a swallowed one too"),
        pytest.param(_own_timeout, "failed", "timeout", "timed out: read took too long", id="its own time-out"),
        pytest.param(_bug, "broken", "bug", "KeyError in test_poller.py line", id="a bug is broken"),
        pytest.param(_empty, "broken", "bug", "ValueError in attempt.py line", id="an empty reading is a bug"),
        pytest.param(_cancel_itself, "broken", "bug", "the poll was cancelled from inside", id="a cancel from inside"),
    ],
)
def test_every_poll_ends_in_one_of_four_ways(script: Script, outcome: str, reason: str, error: str) -> None:
    async def main(clock: VirtualClock) -> Poll:
        delivered: list[Poll] = []
        poller = Poller([scripted("a", script)], delivered.append, clock=clock)
        polls = await poller.once()
        await poller.close()
        assert polls == delivered
        return polls[0]

    poll = run_virtual(main)
    assert (poll.outcome, poll.reason) == (outcome, reason)
    assert poll.error.startswith(error)
    assert poll.error.isprintable()
    assert (poll.reading is not None) == (outcome == "fresh")
    assert poll.took_s <= 5.2


def test_only_some_can_be_polled_once_more() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str], list[str]]:
        poller = Poller([scripted(name) for name in "abc"], lambda _: None, clock=clock)
        first, again = await poller.once(), await poller.once({"scripted:c", "scripted:a"})
        await poller.close()
        return [poll.target[-1] for poll in first], [poll.target[-1] for poll in again]

    assert run_virtual(main) == (["a", "b", "c"], ["a", "c"])


def test_hostile_texts_and_figures_are_inert_when_delivered() -> None:
    async def main(clock: VirtualClock) -> Poll:
        return (await Poller([scripted("a", _hostile)], lambda _: None, clock=clock).once())[0]

    reading = run_virtual(main).reading
    assert reading is not None
    assert reading.entities[0].name == "a␛]52;c;x␇"
    assert reading.entities[0].facts == {"state␊": "\ufffd31m", "x": None}


def test_three_failures_are_known_within_30_s_of_the_fault_with_the_defaults() -> None:
    async def main(clock: VirtualClock) -> float:
        target = scripted("a")
        watch = Watch(clock, target)
        await clock.sleep(200)
        while of(target).running == 0:
            await clock.sleep(0.0005)
        while of(target).running:
            await clock.sleep(0.0005)
        fault = clock.monotonic()
        of(target).script = hang
        failed_before = len(watch.polls[target.id])
        while len(watch.polls[target.id]) < failed_before + 3:
            await clock.sleep(0.1)
        await watch.stop()
        return watch.ends[target.id][-1] - fault

    assert run_virtual(main) < 26


def test_recovery_is_confirmed_by_fast_polls_and_then_the_interval_returns() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        target = scripted("a", _refuse)
        watch = Watch(clock, target)
        await clock.sleep(60)
        of(target).script = answer
        good_from = len(watch.ends[target.id])
        await clock.sleep(60)
        await watch.stop()
        return watch.gaps(target.id)[good_from:]

    gaps = run_virtual(main)
    assert gaps[0] == pytest.approx(10 / 3, rel=0.06)
    assert all(gap == pytest.approx(10, rel=0.26 if not number else 0.06) for number, gap in enumerate(gaps[2:]))


def test_a_dead_source_is_asked_less_often_until_poll_now() -> None:
    async def main(clock: VirtualClock) -> tuple[list[float], list[float]]:
        target = scripted("a", _refuse)
        watch = Watch(clock, target)
        await clock.sleep(1200)
        dead = watch.gaps(target.id)
        watch.poller.poll_now(target.id)
        before = len(dead) + 1
        await clock.sleep(20)
        await watch.stop()
        return dead, watch.gaps(target.id)[before:]

    dead, after = run_virtual(main)
    assert dead[5] == pytest.approx(10, rel=0.06)
    assert dead[-1] == pytest.approx(60, rel=0.06)
    assert after[0] == pytest.approx(10 / 3, rel=0.06)


def test_one_that_never_ends_is_failed_again_and_never_started_twice() -> None:
    async def main(clock: VirtualClock) -> tuple[Scripted, list[Poll], tuple[str, ...]]:
        target = scripted("a", _swallow)
        watch = Watch(clock, target)
        await clock.sleep(29)
        pending, polls = watch.poller.pending, list(watch.polls[target.id])
        assert of(target).calls == 1
        of(target).script = answer
        await clock.sleep(30)
        assert watch.polls[target.id][-1].outcome == "fresh"
        await watch.stop()
        return of(target), polls, pending

    collector, polls, pending = run_virtual(main)
    assert collector.most == 1
    assert pending == ("scripted:a",)
    assert len(polls) >= 3
    assert {poll.reason for poll in polls} == {"timeout"}
    assert polls[0].took_s == pytest.approx(5.1)


def test_intervals_are_kept_while_50_of_200_targets_hang() -> None:
    async def main(clock: VirtualClock) -> tuple[Watch, list[PolledTarget]]:
        targets = [scripted(f"t{n}", hang if n % 4 == 0 else answer, interval=5, timeout=2) for n in range(200)]
        watch = Watch(clock, *targets)
        await clock.sleep(120)
        assert watch.poller.late_s < 0.1
        await watch.stop()
        return watch, targets

    watch, targets = run_virtual(main)
    for target in targets:
        gaps = watch.gaps(target.id)[1:]
        hung = of(target).script is hang
        assert of(target).most == 1
        assert len(gaps) >= 20
        assert max(gaps) <= 5 * 1.06 + (2.2 if hung else 0.01), target.id
    assert all(poll.reason == "timeout" for poll in watch.polls["scripted:t0"])


def test_a_crowd_of_hung_targets_queues_among_itself_only() -> None:
    async def main(clock: VirtualClock) -> tuple[Watch, float]:
        targets = [scripted(f"h{n}", hang) for n in range(400)] + [scripted(f"g{n}") for n in range(100)]
        watch = Watch(clock, *targets)
        await clock.sleep(60)
        settled = {target.id: len(watch.ends[target.id]) for target in targets}
        await clock.sleep(60)
        late = watch.poller.late_s
        for n in range(100):
            assert max(watch.gaps(f"scripted:g{n}")[settled[f"scripted:g{n}"] :]) < 10.6
        assert sum(of(target).running for target in targets) <= 32 + 128
        await watch.stop()
        return watch, late

    watch, late = run_virtual(main)
    assert late > 5, "queued suspects are late, and it says so"
    assert all(poll.outcome == "fresh" for n in range(100) for poll in watch.polls[f"scripted:g{n}"])


def test_a_key_press_waits_for_a_few_starts_only_also_when_all_start_at_once() -> None:
    async def main(clock: VirtualClock) -> list[int]:
        started = 0

        async def count(collector: Scripted) -> None:
            nonlocal started
            started += 1
            await hang(collector)

        watch = Watch(clock, *(scripted(f"t{n}", count) for n in range(200)))
        seen = []
        while started < 128:
            before = started
            await asyncio.sleep(0)
            seen.append(started - before)
        await watch.stop()
        return seen

    assert max(run_virtual(main)) <= 8


@pytest.mark.parametrize(
    ("took_s", "apart_s", "at_once"),
    [
        pytest.param(0.0004, 0.0004, 1, id="what answers at once is asked one by one"),
        pytest.param(0.5, 0.001, 100, id="what takes long is not waited for"),
    ],
)
def test_polls_of_one_tick_do_not_lengthen_each_other(took_s: float, apart_s: float, at_once: int) -> None:
    async def main(clock: VirtualClock) -> tuple[int, list[float], float]:
        begun: list[float] = []
        flying = most = 0

        async def answer_late(_: Scripted) -> Reading:
            nonlocal flying, most
            begun.append(clock.monotonic())
            flying += 1
            most = max(most, flying)
            await clock.sleep(took_s)
            flying -= 1
            return Reading((Entity(kind="scripted", name="a"),))

        watch = Watch(clock, *(scripted(f"t{n}", answer_late, interval=5, timeout=2) for n in range(200)))
        await clock.sleep(20)
        begun.clear()
        most = flying
        await clock.sleep(20)
        late_s = watch.poller.late_s
        await watch.stop()
        return most, sorted(begun), late_s

    most, begun, late_s = run_virtual(main)
    assert len(begun) > 750
    assert most <= at_once
    assert late_s < 0.05
    together = [after - before for before, after in pairwise(begun) if after - before < 0.01]
    assert together, "they share ticks"
    assert min(together) == pytest.approx(apart_s, rel=0.01), "but not moments"


def test_the_first_polls_come_at_once_and_then_spread_out() -> None:
    async def main(clock: VirtualClock) -> tuple[list[float], list[float]]:
        targets = [scripted(f"t{n}") for n in range(100)]
        begin = clock.monotonic()
        watch = Watch(clock, *targets)
        await clock.sleep(100)
        await watch.stop()
        return (
            [watch.ends[target.id][0] - begin for target in targets],
            [watch.ends[target.id][5] % 10 for target in targets],
        )

    first, sixth = run_virtual(main)
    assert max(first) < 0.01
    busiest = max(sum(second <= phase < second + 1 for phase in sixth) for second in range(10))
    assert busiest <= 25


@pytest.mark.parametrize("step", [3600, -3600])
def test_a_stepped_wall_clock_moves_no_poll(step: float) -> None:
    async def main(clock: VirtualClock) -> Watch:
        watch = Watch(clock, scripted("a"))
        await clock.sleep(55)
        clock.step_wall(step)
        await clock.sleep(55)
        await watch.stop()
        return watch

    watch = run_virtual(main)
    assert all(9.4 < gap < 10.6 for gap in watch.gaps("scripted:a")[1:])
    ats = [poll.at for poll in watch.polls["scripted:a"]]
    assert ats[-1] - ats[0] == pytest.approx(watch.ends["scripted:a"][-1] - watch.ends["scripted:a"][0] + step)


def test_after_eight_hours_asleep_each_target_is_polled_once_and_no_answer_is_called_late() -> None:
    async def main(clock: VirtualClock) -> tuple[Watch, int]:
        async def slowly(_: Scripted) -> None:
            await asyncio.sleep(1)

        targets = [scripted(f"t{n}", slowly) for n in range(20)]
        watch = Watch(clock, *targets)
        await clock.sleep(60)
        while not any(of(target).running for target in targets):
            await clock.sleep(0.1)
        before = sum(len(polls) for polls in watch.polls.values())
        clock.stall(8 * 3600)
        await clock.sleep(1.2)
        assert watch.poller.late_s > 3600
        after = sum(len(polls) for polls in watch.polls.values())
        await clock.sleep(60)
        await watch.stop()
        assert all(gap < 10.6 for target in targets for gap in watch.gaps(target.id)[-4:])
        return watch, after - before

    watch, caught_up = run_virtual(main)
    assert caught_up <= 21
    assert all(poll.outcome == "fresh" for polls in watch.polls.values() for poll in polls)


def test_lateness_shows_a_stalled_loop_and_fades() -> None:
    async def main(clock: VirtualClock) -> tuple[float, float]:
        watch = Watch(clock, *(scripted(f"t{n}", interval=1) for n in range(50)))
        await clock.sleep(10)
        clock.stall(0.5)
        await clock.sleep(0.01)
        during = watch.poller.late_s
        await clock.sleep(30)
        faded = watch.poller.late_s
        await watch.stop()
        return during, faded

    during, faded = run_virtual(main)
    assert 0.4 < during < 0.6
    assert faded < 0.02


def test_poll_now_asks_all_at_once_and_leaves_them_spread() -> None:
    async def main(clock: VirtualClock) -> Watch:
        targets = [scripted(f"t{n}") for n in range(40)]
        watch = Watch(clock, *targets)
        await clock.sleep(33)
        pressed = clock.monotonic()
        watch.poller.poll_now()
        watch.poller.poll_now()
        await clock.sleep(0.1)
        assert all(pressed < watch.ends[target.id][-1] < pressed + 0.1 for target in targets)
        assert all(of(target).most == 1 for target in targets)
        await clock.sleep(14)
        ends = sorted(watch.ends[target.id][-1] for target in targets)
        assert ends[-1] - ends[0] > 5
        with pytest.raises(KeyError):
            watch.poller.poll_now("scripted:none")
        await watch.stop()
        return watch

    run_virtual(main)


def test_close_waits_for_nothing_that_hangs_and_closes_all_collectors() -> None:
    async def main(clock: VirtualClock) -> float:
        async def stuck() -> None:
            await asyncio.sleep(100)

        targets = [scripted(f"t{n}", script) for n, script in enumerate((answer, hang, _swallow, _refuse))]
        of(targets[0]).close = stuck  # type: ignore[method-assign]
        watch = Watch(clock, *targets)
        await clock.sleep(7)
        before = clock.monotonic()
        await watch.stop()
        took = clock.monotonic() - before
        assert [of(target).closed for target in targets] == [False, True, True, True]
        count = sum(len(polls) for polls in watch.polls.values())
        await clock.sleep(60)
        assert sum(len(polls) for polls in watch.polls.values()) == count
        watch.poller.poll_now()
        return took

    assert run_virtual(main) <= 0.1


def test_a_cancelled_run_stops_polling_and_delivers_nothing_more() -> None:
    async def main(clock: VirtualClock) -> int:
        polls: list[Poll] = []
        poller = Poller([scripted("a"), scripted("b", hang)], polls.append, clock=clock)
        task = asyncio.get_running_loop().create_task(poller.run())
        await clock.sleep(2)
        task.cancel()
        await clock.sleep(60)
        assert task.cancelled()
        return len(polls)

    assert run_virtual(main) == 1


def test_an_engine_that_raises_on_delivery_does_not_stop_the_polls() -> None:
    async def main(clock: VirtualClock) -> int:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)

        def refuse(poll: Poll) -> None:
            raise RuntimeError(poll.target)

        target = scripted("a")
        poller = Poller([target], refuse, clock=clock)
        task = asyncio.get_running_loop().create_task(poller.run())
        await clock.sleep(60)
        await poller.close()
        await task
        return of(target).calls

    assert run_virtual(main) >= 5


def test_two_targets_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        Poller([scripted("a"), scripted("a")], lambda _: None)


async def test_real_sockets_that_accept_and_never_answer_end_at_the_deadline() -> None:
    connections = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def ask(collector: Scripted) -> None:
        collector.phase = "connecting"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        collector.phase = "waiting for the first byte"
        try:
            await reader.read(1)
        finally:
            writer.close()

    targets = [scripted(f"t{n}", ask if n < 50 else answer, interval=5, timeout=0.5) for n in range(200)]
    poller = Poller(targets, lambda _: None)
    polls = await poller.once()
    await poller.close()
    server.close()
    assert len(polls) == 200
    assert {poll.error for poll in polls[:50]} == {"no answer within 0.5 s while waiting for the first byte"}
    assert all(poll.outcome == "fresh" for poll in polls[50:])
    assert all(connection.is_closing() for connection in connections) or len(connections) == 50
