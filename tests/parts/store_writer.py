"""A process that appends to a store and rolls it up until it is killed: `python -m tests.parts.store_writer FOLDER`.

Prints the number of each record after it was kept. The records are ten seconds apart however
fast it is, so that hours close while it works; each counts one probe of three rows.
"""

import sys
from pathlib import Path

from ops.store.contract import DAY_S, HOUR_S, Retention
from ops.store.opening import open_store
from tests.parts.stores import DAY, counted, record, row

NAMES = ("api", "web", "mail")
EVERY_S = 10.0
KEPT = Retention(raw_s=2 * HOUR_S, minutes_s=4 * DAY_S)


def at_of(number: int) -> float:
    """When record `number` was made."""
    return DAY + number * EVERY_S


def main(folder: Path) -> None:
    """Go on where the store ends, until killed."""
    store = open_store(folder, retention=KEPT)
    if store.set_aside:
        raise SystemExit(f"set aside: {store.set_aside}")
    number = sum(slot.total for slot in store.slots("service:api", DAY, DAY + 400 * DAY_S, DAY_S))
    while True:
        at = at_of(number)
        rows = [row(f"service:{name}", at, facts={"number": number, "share": number / 7}) for name in NAMES]
        counts = {f"service:{name}": counted(0.1 + number % 9 / 100) for name in NAMES}
        store.append([record(at, *rows, counts=counts)])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if number % 20 == 0:
            for _ in range(6):
                store.roll(at)
        number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
