"""`make drill`: breaks real parts for real and holds the product to its promises; exits 1 when one is broken."""

import argparse
import asyncio
import json
import signal
import sys
import time

from tests.drills.catalog import DRILLS, chosen
from tests.drills.outcome import table
from tests.drills.run import run_drills


def main() -> int:
    """Do the drills and print what came of them."""
    parser = argparse.ArgumentParser(prog="make drill ARGS=…", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one drill or wave; repeatable")
    parser.add_argument("--floor", action="store_true", help="on the floor in a terminal, with keys pressed meanwhile")
    parser.add_argument("--json", action="store_true", help="one JSON object, no table")
    parser.add_argument("--list", action="store_true", help="say what there is")
    options = parser.parse_args()
    if options.list:
        for drill in DRILLS:
            print(f"{drill.name:<26} {drill.wave:<12} {drill.shows}" + (f" ({drill.note})" if drill.note else ""))
        return 0
    try:
        drills = chosen(options.only)
    except KeyError as error:
        parser.error(f"no drill and no wave is called {error}")
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that all parts are ended
    run = asyncio.run(run_drills(drills, floor=options.floor))
    problems = run.problems()
    if options.json:
        print(json.dumps(run.as_json()))
    else:
        print(table(run.drills))
        left = "killed" if run.quit_s is None else f"{1000 * run.quit_s:.0f} ms"
        print(f"left after {left}; {len(run.drills)} drills in {time.monotonic() - begun:.0f} s")
        for problem in problems:
            print(f"NOT KEPT  {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
