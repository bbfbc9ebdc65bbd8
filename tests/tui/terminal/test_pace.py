"""Pacing by the terminal's answers: what is under way is bounded, keys go first, a mute terminal is still served."""

from tui.terminal.pace import ASK_FROM, FIRST_S, LOST_S, Pace

BIG = ASK_FROM + 1


def _answering() -> Pace:
    pace = Pace()
    assert pace.asks(0, 0.0, anyway=True)
    assert pace.answered(0.01) == 0.01
    return pace


def test_small_frames_are_not_asked_about_until_they_add_up() -> None:
    pace = _answering()
    assert [pace.asks(ASK_FROM // 4, 1.0) for _ in range(4)] == [False, False, False, True]


def test_one_unconfirmed_frame_holds_the_next_and_a_key_may_send_one_more() -> None:
    pace = _answering()
    assert pace.asks(BIG, 1.0)
    assert not pace.allows(1.1, typed=False)
    assert pace.allows(1.1, typed=True)
    assert pace.asks(BIG, 1.1)
    assert not pace.allows(1.2, typed=True)
    assert pace.unconfirmed_bytes == 2 * BIG
    assert pace.answered(1.3) is not None
    assert pace.answered(1.4) is not None
    assert pace.unconfirmed_bytes == 0
    assert pace.allows(1.4, typed=False)


def test_a_terminal_that_never_answers_is_served_by_what_the_line_takes() -> None:
    pace = Pace()
    pace.asks(0, 0.0, anyway=True)
    assert pace.allows(0.1, typed=False), "the first frame does not wait"
    assert pace.asks(BIG, 0.1)
    assert not pace.allows(0.2, typed=False)
    assert pace.allows(FIRST_S + 0.1, typed=False)
    assert not pace.asks(BIG, FIRST_S + 0.2), "it is not asked again"
    assert pace.allows(FIRST_S + 0.3, typed=False)
    assert pace.wait_s(FIRST_S + 0.3) is None


def test_a_line_that_hangs_gets_one_frame_in_ten_seconds_and_no_lag_can_grow() -> None:
    pace = _answering()
    sent, now = 0, 1.0
    while now < 101:
        if pace.allows(now, typed=False):
            pace.asks(BIG, now)
            sent += 1
        now += 0.5
    assert sent <= 100 / LOST_S + 2
    assert pace.answers


def test_a_late_answer_of_a_question_that_was_given_up_is_no_round_trip() -> None:
    pace = Pace()
    pace.asks(0, 0.0, anyway=True)
    assert pace.allows(FIRST_S + 1, typed=False)
    assert pace.answers is False
    assert pace.answered(FIRST_S + 1.5) is None
    assert pace.answers is True
