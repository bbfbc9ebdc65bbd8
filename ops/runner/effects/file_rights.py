"""Changes the mode, or the owner and group, of a file or folder that is held: never of what a link leads to."""

import grp
import os
import pwd
import stat

from collectors.text import clean
from ops.actions.errors import Refused
from ops.actions.files import checked, folder_of, told
from ops.runner.calls import File

LOOK = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_NOFOLLOW | os.O_CLOEXEC


def change(call: File) -> str:
    """Do it and say so. Raises Refused and ActionError."""
    with folder_of(call.path) as (folder, name), told(call.path):
        held = os.open(name, LOOK, dir_fd=folder)
        try:
            seen = os.fstat(held)
            if not stat.S_ISDIR(seen.st_mode):
                checked(call.path, seen)
            # What is held is only for looking; by this name the kernel changes that very file and no other.
            itself = f"/proc/self/fd/{held}"
            if call.how == "mode":
                os.chmod(itself, mode_of(call))
                return f"{clean(call.path)} has mode {call.mode}"
            os.chown(itself, *owner_of(call))
            said = f"{clean(call.path)} belongs to {clean(call.owner)}:{clean(call.group)}"
            mode = stat.S_IMODE(os.stat(itself).st_mode)
            lost = mode != stat.S_IMODE(seen.st_mode)
            return f"{said}; its mode is {mode:04o} now: that took away its set-id bits" if lost else said
        finally:
            os.close(held)


def mode_of(call: File) -> int:
    """The bits. Raises Refused for what is no mode."""
    if not call.mode or len(call.mode) > 4 or set(call.mode) - set("01234567"):
        raise Refused(f"{clean(call.mode)!r} is no mode of a file", "write it as in chmod: 0644")
    return int(call.mode, 8)


def owner_of(call: File) -> tuple[int, int]:
    """Numbers of user and group, which may be numbers already. Raises Refused for names that this host has not."""
    try:
        user = int(call.owner) if call.owner.isdecimal() else pwd.getpwnam(call.owner).pw_uid
        group = int(call.group) if call.group.isdecimal() else grp.getgrnam(call.group).gr_gid
    except KeyError as error:
        raise Refused(
            f"this host has no user or group {clean(call.owner)}:{clean(call.group)}",
            "make them again first: nothing was done",
            reason="missing",
        ) from error
    return user, group
