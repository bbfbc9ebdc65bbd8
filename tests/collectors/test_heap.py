"""Threads take their memory from one heap, and what is large leaves no room behind in it."""

import platform
import subprocess
import sys

from tests.parts.command import ROOT
from tests.parts.need import need


def test_threads_take_their_memory_where_all_do() -> None:
    """An arena begins where its size of 64 MiB divides the address, and each thread would have one."""
    script = """
import ctypes, re, threading
from collectors.heap import one_heap

one_heap()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
got, all_there = [], threading.Barrier(8)

def take():
    got.append(library.malloc(ctypes.c_size_t(1000)))
    all_there.wait()

threads = [threading.Thread(target=take) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
heap = next(line for line in open("/proc/self/maps") if line.rstrip().endswith("[heap]")).split()[0]
start, end = (int(part, 16) for part in heap.split("-"))
print(sum(start <= address < end for address in got))
"""
    need(platform.libc_ver()[0] == "glibc", "another C library has other heaps")
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "8\n"


def test_after_a_large_one_the_next_is_not_taken_from_the_heap_either() -> None:
    """As long as nothing is said, the first one that is freed raises the limit to its size."""
    script = """
import ctypes, sys
from collectors.heap import large_apart

if sys.argv[1] == "apart":
    large_apart()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
library.free(library.malloc(ctypes.c_size_t(4 * 2**20)))
got = library.malloc(ctypes.c_size_t(3 * 2**20))
heap = next(line for line in open("/proc/self/maps") if line.rstrip().endswith("[heap]")).split()[0]
start, end = (int(part, 16) for part in heap.split("-"))
print(start <= got < end)
"""
    need(platform.libc_ver()[0] == "glibc", "another C library has other heaps")
    ended = [
        subprocess.run([sys.executable, "-c", script, how], cwd=ROOT, capture_output=True, text=True, check=True)
        for how in ("as it is", "apart")
    ]
    assert [one.stdout for one in ended] == ["True\n", "False\n"]
