"""What cat, df and ps of another machine print, taken apart."""

import contextlib
import time

from hypothesis import given
from hypothesis import strategies as st

from collectors.linux.disks import Mount, Usage
from collectors.linux.kernel import count_cores, kernel_facts
from collectors.linux.remote_texts import cut, parse_df, parse_processes

SIZES = b"""Filesystem     Type     1024-blocks     Used Available Capacity Mounted on
/dev/vda1      ext4        100    60    30      67% /
//nas/My Files cifs         10     1     9      10% /mnt/my files
tmpfs          tmpfs         -     -     -        - /odd
none           proc          0     0     0        - /proc
"""
INODES = b"""Filesystem     Type     Inodes IUsed IFree IUse% Mounted on
/dev/vda1      ext4     200  50  150   25% /
//nas/My Files cifs     0  0  0   - /mnt/my files
"""


def test_a_greeting_before_the_first_mark_is_no_section() -> None:
    said = b"Welcome!\n\n@@watchfloor stat\ncpu 1\n\n@@watchfloor uptime\n\n@@watchfloor end\n"
    assert cut(said) == {"stat": b"cpu 1\n", "uptime": b"", "end": b""}
    assert cut(b"") == {}


def test_df_with_blanks_in_names_and_with_inodes() -> None:
    assert parse_df(SIZES, INODES) == {
        Mount("/dev/vda1", "/", "ext4"): Usage(60 * 1024, 30 * 1024, 100 * 1024, 200, 150),
        Mount("//nas/My Files", "/mnt/my files", "cifs"): Usage(1024, 9 * 1024, 10 * 1024, 0, 0),
    }
    assert parse_df(SIZES, b"")[Mount("/dev/vda1", "/", "ext4")].inodes == 0


def test_no_line_of_df_makes_reading_slow() -> None:
    hostile = b"".join(
        begin + sign * 4000 + b"\n" for begin in (b"a", b"a 1 ") for sign in (b" ", b"1 ", b"a 1 ", b"1")
    )
    began = time.thread_time()
    assert parse_df(hostile, b"") == {}
    assert time.thread_time() - began < 1


def test_zombies_are_counted_with_the_parent_that_leaves_most() -> None:
    text = b"Ss 1 0 init\nZ+ 9 7 x <defunct>\nZ 8 7 y\nS 7 1 my shop\nZ 6 1 z\nR 5\n"
    assert parse_processes(text) == {"processes": 5, "zombies": 3, "zombie_parent": "my shop (pid 7)"}
    assert parse_processes(b"S 1 0 init\n") == {"processes": 1, "zombies": 0, "zombie_parent": None}
    assert parse_processes(b"PID USER COMMAND\n")["processes"] is None


def test_cores_are_counted() -> None:
    assert count_cores(b"cpu  1 2 3\ncpu0 1\ncpu1 1\nintr 5\n") == 2
    assert count_cores(b"") == 1


@given(st.binary(), st.binary())
def test_no_text_breaks_more_than_its_own_poll(first: bytes, second: bytes) -> None:
    parse_df(first, second)
    parse_processes(first)
    texts = cut(b"\n@@watchfloor loadavg\n" + first + b"\n@@watchfloor meminfo\n" + second)
    with contextlib.suppress(ValueError, KeyError, IndexError):
        kernel_facts(texts, count_cores(first))
