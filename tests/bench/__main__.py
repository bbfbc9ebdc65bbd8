"""`make bench`: the figures that the product promises, as a table and as JSON, with peers measured in the same run."""

import argparse
import json
import subprocess
import sys
from typing import Any

PARTS = (
    "floor_figures",
    "many",
    "http_checks",
    "containers",
    "poller",
    "slow_line",
    "memory",
    "fixes",
    "incidents",
    "drift",
    "backup",
)
WHOLE = ("floor_figures", "many")
"""Parts whose figures have names of their own."""
TARGETS = {
    "start.first_paint_ms": (100, 30),
    "start.live_ms": (500, 350),
    "start.cpu_to_live_ms": (420, 320),
    "start.cpu_to_live_to_hello_ratio": (2.7, None),
    "start.resize_ms": (100, 50),
    "half changing.cpu_percent": (4.5, 3.0),
    "5 % changing.cpu_percent": (2.5, 1.5),
    "half changing, each 2 s.cpu_percent": (2.5, 1.5),
    "half changing.kb_per_s": (8, 4),
    "5 % changing.kb_per_s": (2, 0.8),
    "only a clock.kb_per_s": (0.1, 0.03),
    "half changing.key_p50_ms": (10, 4),
    "half changing.key_p95_ms": (33, 16),
    "5 % changing.key_p95_ms": (33, 16),
    "100 targets.cpu_percent": (5, None),
    "100 targets.turn_cpu_ms": (33, 10),
    "500 targets.cpu_percent": (12, None),
    "500 targets.turn_cpu_ms": (33, 10),
    "500 containers.key_p95_ms": (33, 16),
    "500 containers.turn_cpu_ms": (33, 10),
    "slow_line.5 % changing.first_paint_s": (10, 5),
    "slow_line.one service fails.reason_read_s": (10, 5),
    "slow_line.half changing.lag_growth_s": (1, 0.2),
    "half changing.rss_mib": (64, 52),
    "half changing.quit_ms": (100, 20),
    "http_checks.ours_ms": (0.7, 0.33),
    "containers.wall_ms": (1200, None),
    "containers.cpu_ms": (25, 6),
    "memory.recording_percent": (20, 10),
    "memory.recording_late_ms": (33, 16),
    "memory.p99_30d_ms": (50, None),
    "memory.budgets_30d_ms": (300, None),
    "memory.jump_ms": (150, None),
    "memory.open_ms": (100, None),
    "memory.open_to_write_ms": (100, None),
    "memory.store_mb": (250, None),
    "memory.history_made_s": (90, None),
    "memory.sketch_ours_error_percent": (1, None),
    "fixes.menu_first_ms": (100, 50),
    "fixes.menu_ms": (100, 33),
    "fixes.plan_first_ms": (100, 50),
    "fixes.plan_ms": (100, 33),
    "fixes.confirm_to_first_line_ms": (400, 200),
    "fixes.container.menu_ms": (100, 33),
    "fixes.container.plan_ms": (100, 50),
    "fixes.container.confirm_to_first_line_ms": (400, 200),
    "fixes.container.restart_to_docker_ratio": (1.1, 1.0),
    "fixes.container.restart_to_sdk_ratio": (1.1, 1.05),
    "fixes.streaming_key_p50_to_idle_ratio": (1.2, 1.0),
    "fixes.streaming_key_p95_to_idle_ratio": (1.2, 1.0),
    "fixes.streaming_rss_growth_mib": (8, 2),
    "fixes.start_10_commands_cost_ms": (10, 5),
    "fixes.start_10_kinds_of_fixes_cost_ms": (10, 5),
    "incidents.look_at_rest_ms": (5, 2),
    "incidents.storm_look_max_ms": (1000, 200),
    "incidents.storm_loop_late_p95_ms": (33, 16),
    "incidents.list_all_ms": (150, None),
    "drift.capture_s": (5, 2),
    "drift.detect_s": (8, 2),
    "drift.screen_first_ms": (200, 100),
    "drift.screen_ms": (200, 100),
    "backup.postgres.ratio": (1.1, 1.0),
    "backup.tree.ratio": (1.3, 1.0),
    "backup.tree.rss_mib": (150, 100),
    "backup.postgres.rss_mib": (150, 100),
    "backup.plan_10000_ms": (200, None),
    "backup.drill_demo_s": (10, 5),
}
"""(must, goal) for each figure that has them; smaller is better."""


def _run(part: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{part}", "--json"], stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures if part in WHOLE else {part: figures}


def _flat(figures: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in figures.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _verdict(name: str, value: Any) -> str:
    must, goal = TARGETS.get(name, (None, None))
    if must is None or value is None:
        return ""
    if goal is not None and value <= goal:
        return f"meets the goal {goal}"
    return f"meets {must}" + (f", goal {goal}" if goal else "") if value <= must else f"OVER {must}"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object, no table")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part alone; can be given several times")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    for part in options.only or PARTS:
        print(f"measuring {part} …", file=sys.stderr)
        figures |= _run(part)
    flat = _flat(figures)
    if not options.json:
        width = max(map(len, flat))
        for name, value in flat.items():
            print(f"{name:<{width}}  {value!s:>10}  {_verdict(name, value)}")
    print(json.dumps(flat))
    return 0


if __name__ == "__main__":
    sys.exit(main())
