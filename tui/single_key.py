"""Tells a key that a person pressed once from a held one, and from text that came in a burst. Pure."""

READ_S = 0.3
"""How long a question must have been on the screen."""
HELD_S = 0.8
"""Between two presses of one key; a held key begins to repeat after 250 to 660 ms."""
BURST_S = 0.05
"""Nobody types two keys within; a paste that the terminal does not mark as one comes like this."""


class SingleKey:
    """Is told of every key with the time that it came at, by any clock that only goes forward."""

    def __init__(self) -> None:
        self.count = 0
        """Keys so far: who sees it unchanged after `BURST_S` knows that nothing followed."""
        self._last: dict[str, float] = {}
        self._before: float | None = None
        self._latest: float | None = None
        self._again_s: float | None = None

    def came(self, key: str, now: float) -> None:
        """Note a key, whatever it does."""
        self.count += 1
        seen = self._last.get(key)
        self._again_s = None if seen is None else now - seen
        self._before, self._latest = self._latest, now
        self._last = {name: at for name, at in self._last.items() if now - at < HELD_S} | {key: now}

    def why_not(self, shown_at: float | None) -> str:
        """Why the key that came last confirms nothing that is on the screen since then; "" where it may."""
        if self._latest is None or shown_at is None:
            return "there is nothing to confirm yet"
        if self._again_s is not None and self._again_s < HELD_S:
            return "a held or repeated key confirms nothing: let go, wait a second, and press it once"
        if self._before is not None and self._latest - self._before < BURST_S:
            return "keys that come in a burst confirm nothing: press it once"
        if self._latest - shown_at < READ_S:
            return "that was too soon to have been read: wait a second, and press it once"
        return ""
