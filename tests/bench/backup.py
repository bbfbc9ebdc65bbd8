"""What backups cost: a database beside pg_dump | zstd | openssl, a large tree beside tar, and a plan of 10,000.

`python -m tests.bench.backup [--json]`. Each of ours is a process of its own, whose memory is measured with it; the
pipes of programs do the same to the same things in the same run, and what they wrote is made durable too.
"""

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from collectors.backup import Keep
from ops.backup.doing.drill import drill
from ops.backup.doing.run import run
from ops.backup.keeping import plan
from ops.demo.servers import PostgresServer, system_postgres
from tests.bench.shown import show
from tests.parts.backup_subjects import KEY, Database, Subject, Tree
from tests.parts.backup_targets import FolderStage
from tests.parts.databases import PASSWORD, open_folder
from tests.parts.made_backups import kept

ROUNDS = 3
TREE_FILES, FILE_BYTES = 500, 4 * 2**20
ROWS = 1_500_000
BACKUPS = 10_000
_SEED = 7
_DEMO = Path(__file__).parents[2] / "ops" / "demo" / "schema.sql"
Figures = dict[str, Any]


class _Large(Tree):
    """2 GiB, half of them text and half of them noise."""

    @property
    def settings(self) -> Mapping[str, Any]:
        return {**super().settings, "nice": 0}

    def fill(self) -> None:
        made = random.Random(_SEED)
        words = [made.randbytes(6).hex().encode() for _ in range(2000)]
        for number in range(TREE_FILES):
            file = self.tree / str(number % 20) / f"{number}.bin"
            file.parent.mkdir(parents=True, exist_ok=True)
            text = b" ".join(made.choices(words, k=FILE_BYTES // 26))
            file.write_bytes((text + made.randbytes(FILE_BYTES - len(text)))[:FILE_BYTES])


class _Shop(Database):
    """A database of a few hundred megabytes."""

    _name = "wf_bench"

    @property
    def settings(self) -> Mapping[str, Any]:
        return {**super().settings, "nice": 0}

    _ROWS = f"""
CREATE TABLE orders AS SELECT n AS id, md5(n::text) AS reference, n % 977 AS customer, now() AS placed,
  repeat(md5((n % 1000)::text), 4) AS note FROM generate_series(1, {ROWS}) n;
"""

    def fill(self) -> None:
        self.make(self._ROWS)

    def make(self, statements: str) -> None:
        """A database of these statements."""
        with psycopg.connect(self._server.dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self._name}".encode())
        with psycopg.connect(self._server.dsn(), dbname=self._name, autocommit=True) as connection:
            connection.execute(statements.encode())


class _Demo(_Shop):
    """The demo's own tables, with the orders of a while."""

    _name = "wf_demo"

    def fill(self) -> None:
        more = "INSERT INTO orders (price) SELECT n % 900 FROM generate_series(1, 50000) n;"
        self.make(_DEMO.read_text() + more)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _ours(subject: Subject) -> tuple[float, float]:
    argv = [sys.executable, "-m", "tests.bench.backup_child", str(subject.folder)]
    took_s, rss_mib = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    return took_s, rss_mib


def _theirs(source: str, folder: Path, environment: dict[str, str]) -> float:
    """The same by programs in a pipe, durable in the end."""
    pipe = (
        f"set -o pipefail; {source} | zstd -q -3 -c | openssl enc -aes-256-ctr -pbkdf2 -pass env:WF_BENCH_KEY"
        f" > {folder}/theirs && sync {folder}/theirs"
    )
    told = os.environ | environment | {"WF_BENCH_KEY": KEY}
    took_s = _timed(lambda: subprocess.run(["bash", "-c", pipe], check=True, env=told))
    (folder / "theirs").unlink()
    return took_s


def _compared(subject: Subject, target: Path, source: str, environment: dict[str, str]) -> Figures:
    """Both in turns."""
    target.mkdir(mode=0o700)
    subject.config(FolderStage(target, target / "kept"), sealed=True)
    (target / "kept").mkdir(mode=0o700)
    ours, theirs, most = list[float](), list[float](), 0.0
    for _ in range(ROUNDS):
        theirs.append(_theirs(source, target, environment))
        took_s, rss_mib = _ours(subject)
        ours.append(took_s)
        most = max(most, rss_mib)
        shutil.rmtree(target / "kept")
        (target / "kept").mkdir(mode=0o700)
    mine, other = statistics.median(ours), statistics.median(theirs)
    ratio = statistics.median(one / two for one, two in zip(ours, theirs, strict=True))
    return {"s": round(mine, 2), "pipe_s": round(other, 2), "ratio": round(ratio, 2), "rss_mib": round(most)}


def _database(folder: Path) -> Figures:
    binaries = system_postgres()
    if binaries is None:
        return {}
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop", binaries=binaries)
    try:
        subject, demo = _Shop(folder / "database", server), _Demo(folder / "demo", server)
        subject.fill()
        dump = f"{binaries}/pg_dump -Fc -Z0 -h {server.host} -p {server.port} -U watchfloor wf_bench"
        figures = _compared(subject, folder / "dumps", dump, {"PGPASSWORD": PASSWORD})
        demo.fill()
        (folder / "drills").mkdir(mode=0o700)
        return {"postgres": figures, "drill_demo_s": asyncio.run(_drilled(demo, folder / "drills"))}
    finally:
        server.stop()


async def _drilled(demo: Subject, target: Path) -> float:
    work = demo.work(demo.config(FolderStage(target), sealed=True))
    made = await run(work)
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        proof = await drill(work, made.id)
        took.append(time.perf_counter() - begun)
        assert proof.ok, proof.words
    return round(statistics.median(took), 2)


def _tree(folder: Path) -> Figures:
    subject = _Large(folder / "files")
    subject.fill()
    tar = f"tar --create --sparse --xattrs --directory=/ {str(subject.tree).lstrip('/')}"
    return {"tree": _compared(subject, folder / "trees", tar, {})}


def _planned() -> Figures:
    """Hourly ones of more than a year."""
    now = 1_795_230_000.0
    made = [kept(now - 3600 * number, f"{number:08}") for number in range(BACKUPS)]
    keep = Keep(last=10, hourly=48, daily=30, weekly=8, monthly=12, yearly=3)
    took = [_timed(lambda: plan(made, keep, now=now, time_zone="Europe/Berlin")) for _ in range(ROUNDS + 2)]
    return {"plan_10000_ms": round(1000 * statistics.median(took))}


def measure() -> Figures:
    """All figures."""
    figures = _planned()
    with open_folder() as folder:
        figures |= _database(folder)
    with tempfile.TemporaryDirectory(prefix="wf-bench-", dir="/var/tmp") as name:
        figures |= _tree(Path(name))
    return figures


if __name__ == "__main__":
    show(__doc__, measure)
