"""The tree of who waits for whom has its root first, also for chains, circles and prepared transactions."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.postgres_api.blocking import LINES, Session, blocking_tree


def session(pid: int, *blocked_by: int, application: str = "app", state: str = "active") -> Session:
    return Session(
        pid=pid, application=application, state=state, age_s=5.2, query=f"UPDATE\n  t{pid}", blocked_by=blocked_by
    )


def test_nobody_waits() -> None:
    assert blocking_tree([session(1), session(2)]) is None


def test_a_chain_is_drawn_root_first() -> None:
    tree = blocking_tree([session(3, 2), session(2, 1), session(1, state="idle in transaction"), session(9)])
    assert tree is not None
    assert tree.text.splitlines() == [
        "pid 1 app, idle in transaction 5 s: UPDATE t1",
        "   pid 2 app, waits 5 s: UPDATE t2",
        "      pid 3 app, waits 5 s: UPDATE t3",
    ]
    assert tree.root == "pid 1 app: UPDATE t1"
    assert tree.waiting == 2


def test_the_root_with_most_behind_it_comes_first() -> None:
    tree = blocking_tree([session(2, 1), session(1), session(11, 10), session(12, 10), session(10)])
    assert tree is not None
    assert tree.root == "pid 10 app: UPDATE t10"
    assert [line.split()[1] for line in tree.text.splitlines()] == ["10", "11", "12", "1", "2"]


def test_one_that_queues_behind_another_stands_under_the_holder() -> None:
    tree = blocking_tree([session(1), session(2, 1), session(3, 2, 1)])
    assert tree is not None
    assert [line.index("pid") for line in tree.text.splitlines()] == [0, 3, 3]


def test_a_prepared_transaction_has_no_session() -> None:
    tree = blocking_tree([session(2, 0)])
    assert tree is not None
    assert tree.root == "a prepared transaction"


def test_a_long_queue_is_cut_and_counted() -> None:
    tree = blocking_tree([session(1), *(session(pid, 1) for pid in range(2, 102))])
    assert tree is not None
    assert len(tree.text.splitlines()) == LINES + 1
    assert tree.text.endswith(f"and {101 - LINES} more")


def test_hostile_texts_are_inert() -> None:
    tree = blocking_tree([session(1, application="\x1b]52;c;x\x07"), session(2, 1)])
    assert tree is not None
    assert "\x1b" not in tree.text + tree.root


@given(st.lists(st.tuples(st.integers(1, 12), st.lists(st.integers(0, 12), max_size=3)), max_size=12))
def test_any_knot_ends_and_names_each_pid_once(knot: list[tuple[int, list[int]]]) -> None:
    sessions = [session(pid, *blockers) for pid, blockers in dict(knot).items()]
    tree = blocking_tree(sessions)
    if tree is not None:
        pids = [line.split()[1] for line in tree.text.splitlines() if line.lstrip().startswith("pid")]
        assert len(pids) == len(set(pids))
        assert tree.text.splitlines()[0].lstrip() == tree.text.splitlines()[0]
