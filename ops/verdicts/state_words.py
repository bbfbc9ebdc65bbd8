"""The words that a row's state is told by, for whoever has mistyped one."""

from ops.verdicts.words import METRIC_WORDS

_OWN = """
    added; as agreed; blocked; breached; broken; changed; conflicts; cut off; dead; deadlocks; degraded; dirty;
    done; down; drained; evicting; exited; failed; failing; firing; flapping; flooding; frozen; full; gone; growing;
    hung; inactive; info; inhibited; killed; loading; locked; locked out; managers; masked; met; missing; mute;
    no commit; no consumer; no data; no worker; node down; none; none wanted; not recording; ok; out of memory; page;
    paused; ready; recovering; removed; reordered; replaced; restarted; restarting; rolling back; running; silenced;
    split; stale; starting; stopped; storm; stuck; ticket; undelivered; unhealthy; unknown; unplaced; unreachable;
    unreadable; unsaved; untrusted; up; updating; waiting; working; zombie; zombies
"""
_OF_OTHERS = "active; activating; created; deactivating; disconnected; maintenance; reloading; removing; stopping"
"""What engines, systemd and swarms say themselves; there may be more."""
STATE_WORDS = frozenset(" ".join(word.split()) for word in f"{_OWN};{_OF_OTHERS}".split(";")) | METRIC_WORDS
