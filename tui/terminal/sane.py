"""Line settings of a terminal that somebody types in: echo, whole lines, and the usual control characters."""

import termios

_CONTROL = {
    termios.VINTR: b"\x03", termios.VQUIT: b"\x1c", termios.VERASE: b"\x7f", termios.VKILL: b"\x15",
    termios.VEOF: b"\x04", termios.VSTART: b"\x11", termios.VSTOP: b"\x13", termios.VSUSP: b"\x1a",
    termios.VREPRINT: b"\x12", termios.VWERASE: b"\x17", termios.VLNEXT: b"\x16", termios.VEOL: b"\x00",
    termios.VEOL2: b"\x00",
}  # fmt: skip


def make_sane(fileno: int) -> None:
    """Set what `stty sane` sets (coreutils, "Combination settings"). Raises termios.error where it is no terminal."""
    reads, writes, control, local, speed_in, speed_out, characters = termios.tcgetattr(fileno)
    reads |= termios.BRKINT | termios.ICRNL | termios.IMAXBEL | termios.IXON
    reads &= ~(termios.IGNBRK | termios.INLCR | termios.IGNCR | termios.IXOFF | termios.IXANY)
    writes |= termios.OPOST | termios.ONLCR
    writes &= ~(termios.OCRNL | termios.ONOCR | termios.ONLRET)
    control |= termios.CREAD
    local |= termios.ISIG | termios.ICANON | termios.IEXTEN | termios.ECHO | termios.ECHOE | termios.ECHOK
    local |= termios.ECHOCTL | termios.ECHOKE
    local &= ~(termios.ECHONL | termios.NOFLSH | termios.TOSTOP)
    for index, value in _CONTROL.items():
        characters[index] = value
    attributes = [reads, writes, control, local, speed_in, speed_out, characters]
    termios.tcsetattr(fileno, termios.TCSANOW, attributes)
