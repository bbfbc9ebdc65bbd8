"""Steps: a few counts for each numbered step of time, in arrays without gaps, bounded."""

from array import array
from collections.abc import Sequence
from operator import add as plus

_WIDE = 2**64 - 1
_SLACK = 64
"""So many steps more than are kept may stand before the oldest go, which moves all of them."""


class Steps:
    """Columns of counts by step number. The newest `kept` steps stay; steps without counts are zero."""

    __slots__ = ("base", "columns", "kept")

    def __init__(self, kept: int, typecodes: str) -> None:
        """`typecodes` has one letter of `array` for each column, of whole numbers without a sign."""
        self.kept = kept
        self.base = 0
        """Number of the oldest step."""
        self.columns = [array(typecode) for typecode in typecodes]

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def nbytes(self) -> int:
        """What the counts take."""
        return sum(len(column) * column.itemsize for column in self.columns)

    def clear(self) -> None:
        """Forget all."""
        for column in self.columns:
            del column[:]

    def place(self, number: int) -> int:
        """Where a step stands, for `add`; makes room for it. −1 for one that is too old to be kept."""
        count = len(self.columns[0])
        if not count:
            self.base = number
        place = number - self.base
        if 0 <= place < count:
            return place
        return self._before(count, -place) if place < 0 else self._behind(count, place)

    def _before(self, count: int, more: int) -> int:
        if count + more > self.kept:
            return -1
        for column in self.columns:
            column[:0] = array(column.typecode, bytes(more * column.itemsize))
        self.base -= more
        return 0

    def _behind(self, count: int, place: int) -> int:
        if place - count >= self.kept:
            self.base += place
            self.clear()
            count = place = 0
        drop = place + 1 - self.kept if place + 1 > self.kept + _SLACK else 0
        for column in self.columns:
            column.frombytes(bytes((place + 1 - count) * column.itemsize))
            del column[:drop]
        self.base += drop
        return place - drop

    def add(self, place: int, *counts: int) -> None:
        """Add to each column of a step. What passes its room gets 64 bits, and what passes those stays there."""
        for index, count in enumerate(counts):
            if count:
                self._add(index, place, count)

    def put(self, number: int, *counts: Sequence[int]) -> bool:
        """Add to as many steps from `number` on, in each column; False, and nothing is added, where one is too old."""
        length = len(counts[0])
        if not length or self.place(number + length - 1) < 0 or self.place(number) < 0:
            return not length
        first = number - self.base
        for index, added in enumerate(counts):
            if any(added):
                self._put(self.columns[index], index, first, added)
        return True

    def _put(self, column: "array[int]", index: int, first: int, added: Sequence[int]) -> None:
        before = column[first : first + len(added)]
        try:
            column[first : first + len(added)] = array(
                column.typecode, map(plus, before, added) if any(before) else added
            )
        except OverflowError:
            for place, count in enumerate(added, first):
                self._add(index, place, count)

    def _add(self, index: int, place: int, count: int) -> None:
        column = self.columns[index]
        try:
            column[place] += count
        except OverflowError:
            self.columns[index] = wide = array("Q", column)
            wide[place] = max(0, min(_WIDE, wide[place] + count))

    def at(self, number: int, column: int) -> int:
        """The count of one step; 0 where none is kept."""
        place = number - self.base
        return self.columns[column][place] if 0 <= place < len(self.columns[0]) else 0

    def part(self, first: int, last: int, column: int) -> "array[int]":
        """The counts of the steps [first, last) that are kept."""
        found: array[int] = self.columns[column][max(0, first - self.base) : max(0, last - self.base)]
        return found
