"""The command line of a measurement: its figures as lines, or with `--json` as one JSON object."""

import argparse
import json
from collections.abc import Callable
from typing import Any


def show(about: str | None, measure: Callable[[], dict[str, Any]]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="one JSON object in place of lines")
    options = parser.parse_args()
    figures = measure()
    print(json.dumps(figures) if options.json else "\n".join(f"{name:<28}{value}" for name, value in figures.items()))
