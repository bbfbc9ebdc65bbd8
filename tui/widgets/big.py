"""Big digits for a wall: "00:14:32" in blocks, two dots of a sign's grid in one cell. Pure."""

from collections.abc import Sequence

from tui.glyphs import Glyphs

_DOTS = (
    "###| # |###|###|# #|###|###|###|###|###| |  #| ",
    "# #|## |  #|  #|# #|#  |#  |  #|# #|# #|#|  #| ",
    "# #| # |###|###|###|###|###|  #|###|###| |###| ",
    "# #| # |#  |  #|  #|  #|# #|  #|# #|  #|#|# #| ",
    "###|###|###|###|  #|###|###|  #|###|###| |###| ",
)
_SIGNS = dict(zip("0123456789:d ", zip(*(line.split("|") for line in _DOTS), strict=True), strict=True))
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def big(text: str, times: int, glyphs: Glyphs) -> list[str]:
    """Draw digits, ":" and "d", each dot `times` as large; three lines high at once the size, five in ASCII."""
    grid = _grid(text, times)
    if glyphs.ascii:
        return ["".join("#" if dot else " " for dot in row) for row in grid]
    if len(grid) % 2:
        grid.append([False] * len(grid[0]) if grid else [])
    pairs = zip(grid[::2], grid[1::2], strict=True)
    return ["".join(_HALVES[dots] for dots in zip(upper, lower, strict=True)) for upper, lower in pairs]


def _grid(text: str, times: int) -> list[list[bool]]:
    signs = [_SIGNS[sign] for sign in text if sign in _SIGNS]
    rows: list[list[bool]] = []
    for line in range(5):
        row: list[bool] = []
        for place, sign in enumerate(signs):
            row += [False] * (times if place else 0)
            row += [dot == "#" for dot in sign[line] for _ in range(times)]
        rows += [list(row) for _ in range(times)]
    return rows


def size(text: str, times: int, glyphs: Glyphs) -> tuple[int, int]:
    """(width, height) in cells of such a text."""
    drawn: Sequence[str] = big(text, times, glyphs)
    return (len(drawn[0]) if drawn else 0), len(drawn)


def elapsed(seconds: float) -> str:
    """How long, for big digits: "14:32", "1:04:32", "2d 03:10"."""
    whole = max(int(seconds), 0)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days}d {hours:02}:{minutes:02}"
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"
