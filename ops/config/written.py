"""Writes a discovery down as a commented TOML text, and puts it into a file that was not there before."""

import contextlib
import os
import tempfile
from pathlib import Path

import tomli_w

from collectors.text import clean
from ops.config.discovery import Discovery
from ops.errors import OutputError

HEAD = """\
# What runs here, as `watchfloor init` found it. Change it freely: a wrong name or value is told with its line.
# `watchfloor doctor` checks it against the world; `watchfloor` shows it.
"""
SETTINGS = """\
# environment = "production"    # makes the header look different
# theme = "dark"                # or "light", "high-contrast", "sixteen"
# refresh = "1s"                # how often the screen changes
# line_bytes_per_s = "8KiB"     # send less when it would be more in the long run
"""
EXAMPLES = """\
# An HTTP service, what it should answer, and what it can't do without:
# [[service]]
# name = "api"
# url = "http://127.0.0.1:8000/health"
# interval = "10s"
# timeout = "2s"
# expect = { status = 200, json = { "status" = "healthy" } }

# What is promised for it; the floor shows what is left of the error budget:
# [[slo]]
# service = "api"
# objective = 99.9
# window = "30d"
# latency = { p50 = "200ms", p95 = "500ms", p99 = "1s" }

# Limits of your own stand above the built-in ones:
# [[threshold]]
# metric = "host.disk.percent"
# warning = 85
# critical = 95
# for = "2m"

# Who hears of what breaks and, once, that it is over; incidents open without anybody here too:
# [[notify]]
# name = "slack"
# kind = "slack"                # or "pagerduty", "email", "webhook", "terminal", "apprise"
# url_env = "SLACK_WEBHOOK"
# levels = ["warning", "critical"]

# What no alert is to wake anybody for, and when; it is still seen and recorded:
# [[quiet]]
# name = "nightly backup"
# match = ["service=api", "severity!=critical"]
# every = "day 02:00"
# for = "30m"

# Whether this host is still what was agreed: `watchfloor drift capture` agrees on what is, and with this the floor
# looks whether it stays so:
# [[drift]]
# name = "this host"
# interval = "5m"
# files = ["/etc/nginx/**"]     # content, mode, owner
# env_files = ["/srv/shop/.env"]
# compose = ["/srv/shop/compose.yaml"]
# auto_fix = ["files:/etc/nginx/**"]

# What is backed up, where to, how long it stays, and how old and how slow to restore it may be; `watchfloor monitor`
# takes it, `watchfloor backup` does all the rest:
# [[backup]]
# name = "media"
# kind = "files"                # or "postgres", "redis", "rabbitmq", "volume", "configuration", "system", "store"
# paths = ["/srv/shop/media"]
# target = "file:///var/backups/watchfloor"
# schedule = { daily = "02:00", drill = "weekly sun 06:00", time_zone = "UTC" }
# keep = { daily = 7, weekly = 4, monthly = 12, prune = true }
# rpo = "26h"
# rto = "1h"

# What is remembered, where, and for how long; $XDG_STATE_HOME/watchfloor/<name> unless it is said:
# [store]
# record = true
# path = "/var/lib/watchfloor/shop"
# raw = "24h"
# minutes = "35d"
# hours = "400d"

# Secrets come from the environment, a file or a command, and are never shown:
#   password_env = "SHOP_DB_PASSWORD"
#   password_file = "/run/secrets/shop"
#   password_command = ["pass", "show", "shop"]

# Keys of your own, by the names that `?` shows:
# [keys]
# "pane.zoom" = "z,f11"
"""


def write_down(discovery: Discovery) -> str:
    """The discovery as a config's text, with comments and examples."""
    parts = [HEAD, f"[watchfloor]\n{tomli_w.dumps({'name': discovery.name})}{SETTINGS}"]
    for item in discovery.found:
        parts.append(f"# {clean(item.why)}\n[[{item.section}]]\n{tomli_w.dumps(item.table)}")
    return "\n".join([*parts, EXAMPLES])


def put(text: str, file: Path, *, over: bool = False) -> None:
    """Write a file whole or not at all, for its owner only. Raises OutputError; also where one is, unless `over`."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except (OSError, ValueError) as error:
        raise _failed(file, error) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if over:
            os.replace(name, file)
        else:
            os.link(name, file)
    except FileExistsError as error:
        raise OutputError(f"{file} is already there; --force replaces it, another name keeps both") from error
    except (OSError, ValueError) as error:
        raise _failed(file, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _failed(file: Path, error: Exception) -> OutputError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return OutputError(f"{file} can't be written: {why}")
