"""The shortest way for the cursor from one cell to another."""


def move(before: tuple[int, int] | None, after: tuple[int, int], *, columns: bool = True) -> str:
    """Give the shortest sequence that puts the cursor on a cell (column, row, from 0).

    `before` is None where the cursor is not known; its column is -1 where only the row is. `columns` is False for
    terminals that can't go to a column of the line they are in (CHA came after the VT100).
    """
    if before == after:
        return ""
    x, y = after
    best = f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H" if y else "\x1b[H"
    if before is None:
        return best
    down = _down(y - before[1])
    candidates = [best, *(down + across for across in _across(before[0], x, columns=columns))]
    if x == 0 and y == before[1] + 1:
        candidates.append("\r\n")
    return min(candidates, key=len)


def _down(rows: int) -> str:
    # A line feed would be shorter, but the terminal's line settings may add a carriage return to it.
    if not rows:
        return ""
    return f"\x1b[{abs(rows) if abs(rows) > 1 else ''}{'B' if rows > 0 else 'A'}"


def _across(before: int, after: int, *, columns: bool) -> list[str]:
    if before == after:
        return [""]
    ways = ["\r"] if after == 0 else []
    if columns:
        ways.append(f"\x1b[{after + 1}G")
    if before >= 0:
        steps = after - before
        count = abs(steps) if abs(steps) > 1 else ""
        ways.append(f"\x1b[{count}{'C' if steps > 0 else 'D'}")
        if -4 <= steps < 0:
            ways.append("\b" * -steps)
    return ways
