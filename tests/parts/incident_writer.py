"""A process that writes notes into an incident until it is killed: `python -m tests.parts.incident_writer FOLDER`.

Prints the number of each note after it was kept.
"""

import sys
from pathlib import Path

from ops.incidents.book import IncidentBook


def main(folder: Path) -> None:
    """Write into incident 1, which is there, until killed."""
    book, number = IncidentBook(folder), 0
    while True:
        book.note(1, "writer", f"note {number}")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
