"""Every key, declared once: what is made of them is in `keys`."""

from collections.abc import Sequence
from typing import Literal

import msgspec

Scope = Literal[
    "everywhere", "floor", "past", "table", "log", "detail", "demo", "jobs", "job", "fix", "marks", "fixes", "plan",
    "form", "called", "incident", "about", "incidents", "room", "postmortem", "drift", "agreeing",
    "backups", "backing", "contents", "within", "restoring", "pruning",
]  # fmt: skip
"""Where a key works: a table key in a focused pane, a demo key on the floor of the demo, a past key in the past.

`called` keys work on the floor while an incident waits for somebody; `incident` keys write about the one in front,
which is in the list (`incidents`) and in the war room (`room`), and `about` keys only read. On the screen of what
differs `drift` keys read, and `agreeing` keys say what is meant. On the screen of backups `backups` keys read, and
`backing` keys take, prove and delete; inside one `contents` keys read, and `within` keys restore; `restoring` is the
page on which a restore is put together, and `pruning` the list of what expires.

Keys that fix and mark work where a row is in front and something may be done, `job` keys so in the job drawer (`jobs`);
`fixes`, `plan` and `form` are the menu of fixes, the plan of one, and what it asks before.
"""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One action that a key starts."""

    id: str
    keys: str
    """One or more keys of the terminal, separated by commas."""
    action: str
    """The Textual action that it runs."""
    words: str
    """What the footer calls it: one or two words."""
    tooltip: str
    """One sentence for the help and the palette."""
    scope: Scope
    footer: bool = False
    live: bool = False
    """Whether it does nothing while the past is shown."""
    local: bool = False
    """Whether it writes a file where this runs, of which somebody at a browser has nothing."""


def _key(scope: Scope, name: str, keys: str, words: str, tooltip: str, *, footer: bool = False, **more: bool) -> Key:
    action = name.rsplit(".", maxsplit=1)[-1] if scope == "everywhere" else name.replace(".", "_")
    return Key(id=name, keys=keys, action=action, words=words, tooltip=tooltip, scope=scope, footer=footer, **more)


def _moving(scope: Scope, name: str, told: Sequence[str], footer: Sequence[str] = (), **keys: str) -> tuple[Key, ...]:
    """The keys that move through something, a sentence for each of `_MOVES`; `keys` are others than the usual ones."""
    return tuple(
        _key(scope, f"{name}.{move}", keys.get(move, usual), move.replace("_", " "), tooltip, footer=move in footer)
        for (move, usual), tooltip in zip(_MOVES.items(), told, strict=True)
    )


_MOVES = {
    "down": "j,down",
    "up": "k,up",
    "top": "g,home",
    "bottom": "G,end",
    "page_down": "ctrl+d,pagedown",
    "page_up": "ctrl+u,pageup",
}
_SCREENFULS = ("One screenful on.", "One screenful back.")
_PAGE = ("Scroll down.", "Scroll up.", "To the first line.", "To the last line.", *_SCREENFULS)
KEYS: tuple[Key, ...] = (
    _key("past", "past.forward", "right_square_bracket", "forward", "One step on in the past.", footer=True),
    _key("past", "past.live", "right_curly_bracket", "live", "Leave the past: back to what is now.", footer=True),
    _key("past", "past.play", "space", "play", "Play what came then, or pause.", footer=True),
    _key("past", "past.faster", "greater_than_sign", "faster", "Play 10 or 60 times as fast.", footer=True),
    _key("past", "past.slower", "less_than_sign", "slower", "Play slower again."),
    _key("past", "past.jump", "g", "time", "Jump to another time.", footer=True),
    _key("fix", "fix.menu", "x", "fix", "Fix the row, or the marked ones: offers, plan, yes.", footer=True, live=True),
    _key("called", "floor.ack", "a", "ack", "Say that you have the gravest incident.", footer=True, live=True),
    _key("everywhere", "app.jobs", "o", "jobs", "What fixes run and ran, with their output.", footer=True),
    _key("everywhere", "app.incidents", "i", "incidents", "Open and past incidents, with their alerts.", footer=True),
    _key("everywhere", "app.drift", "D", "drift", "What is not as it was agreed, as a tree of diffs.", footer=True),
    _key("everywhere", "app.backups", "B", "backups", "Backups: how old, how proven, how fast back.", footer=True),
    _key("everywhere", "app.room", "w", "war room", "One incident with all that it takes, also for a wall."),
    _key("floor", "row.detail", "enter", "detail", "Everything that is known about the selected row.", footer=True),
    _key("floor", "row.logs", "l", "logs", "Follow the log of the selected row.", footer=True, live=True),
    _key("floor", "row.copy", "y", "copy", "Copy the selected row through the terminal (OSC 52, also over SSH)."),
    _key("floor", "pane.filter", "slash", "filter", "Show only rows with a text; `!text` hides them.", footer=True),
    _key("floor", "pane.invert", "exclamation_mark", "invert", "Turn the filter round: show what it hid."),
    _key("floor", "pane.zoom", "z", "zoom", "Give the focused pane the whole screen, and back.", footer=True),
    _key("floor", "pane.next", "tab", "next pane", "Focus the next pane."),
    _key("floor", "pane.previous", "shift+tab", "previous pane", "Focus the pane before."),
    _key("floor", "pane.back", "escape", "back", "Leave the filter, the zoom, or clear the filter text."),
    _key(
        "floor",
        "floor.window",
        "v",
        "window",
        "Percentiles and errors over 5 minutes, 30 minutes or 1 hour.",
        footer=True,
    ),
    _key(
        "floor",
        "chart.longer",
        "plus,equals_sign",
        "span",
        "More time in the latency chart: 15 or 30 minutes, 1, 6 or 24 hours, 30 days.",
        footer=True,
    ),
    _key("floor", "chart.shorter", "minus", "shorter", "Less time in the latency chart."),
    _key("floor", "chart.heat", "h", "heatmap", "The latency chart as a heatmap: how many answers took how long."),
    _key("floor", "chart.compare", "c", "last week", "Show the week before in the latency chart, or leave it out."),
    _key(
        "floor",
        "past.back",
        "left_square_bracket",
        "past",
        "The floor as it was one step before; held down it goes on back.",
        footer=True,
    ),
    _key("floor", "past.hour", "left_curly_bracket", "hour back", "The floor as it was an hour before."),
    _key("floor", "past.go", "at", "time", 'The floor as it was at any time: "03:10", "-2h", "yesterday 14:00".'),
    _key("floor", "floor.pause", "p", "pause", "Freeze the picture; collecting goes on.", footer=True, live=True),
    _key("floor", "floor.poll", "r", "poll now", "Ask every source now.", live=True),
    _key(
        "floor", "floor.line", "b", "line", "Show in the header what the line carries: kB/s and the way there and back."
    ),
    _key("marks", "row.mark", "space", "mark", "Mark the row and go on; x then fixes all that are marked.", live=True),
    _key(
        "floor",
        "floor.read_only",
        "R",
        "read-only",
        "Take the keys that act away at once; giving them back needs a yes. Policy is not stopped by it.",
        footer=True,
        live=True,
    ),
    _key("demo", "demo.fault", "F", "fault", "Inject a real fault into the demo's shop.", footer=True, live=True),
    _key("demo", "demo.heal", "H", "heal", "Undo every fault of the demo.", footer=True, live=True),
    *_moving("table", "cursor", ("The next row.", "The row before.", "The first row.", "The last row.", *_SCREENFULS)),
    _key("table", "table.sort", "s", "sort", "Sort by the next column.", footer=True),
    _key("table", "table.reverse", "S", "reverse", "Turn the order round."),
    _key(
        "log", "log.filter", "slash", "filter", "Show only log lines that contain a text; `!text` hides.", footer=True
    ),
    _key("detail", "detail.back", "escape,q", "back", "Back to the floor.", footer=True),
    *_moving("detail", "detail", _PAGE, ("down", "up"), page_down="ctrl+d,pagedown,space"),
    _key("detail", "detail.copy", "y", "copy", "Copy what is shown through the terminal (OSC 52).", footer=True),
    _key("jobs", "jobs.back", "escape,q,o", "back", "Back to the floor; what runs goes on.", footer=True),
    _key("jobs", "jobs.output", "enter,z", "output", "Give the output the whole screen, and back.", footer=True),
    _key("jobs", "jobs.filter", "slash", "filter", "Show only output with a text; `!text` hides.", footer=True),
    _key("job", "jobs.cancel", "c", "cancel", "End the job: its processes are told to, then killed.", footer=True),
    _key("job", "jobs.again", "r", "run again", "Plan the same fix again.", footer=True),
    _key("job", "jobs.undo", "u", "undo", "Plan what undoes it, where something does.", footer=True),
    _key("jobs", "jobs.copy", "y", "copy", "Copy the job with its output through the terminal (OSC 52).", footer=True),
    _key("jobs", "jobs.save", "w", "save", "Write the job with its output to a file.", footer=True, local=True),
    _key("jobs", "jobs.down", "J,ctrl+d,pagedown,space", "output down", "One screenful of output on."),
    _key("jobs", "jobs.up", "K,ctrl+u,pageup", "output up", "One screenful of output back."),
    _key("jobs", "jobs.end", "f", "follow", "Go to the newest line of output, and stay there."),
    _key("incidents", "incidents.back", "escape,q,i", "back", "Back to the floor.", footer=True),
    _key("incidents", "incidents.room", "w", "war room", "The war room of the chosen incident.", footer=True),
    _key("room", "room.back", "escape,q,w", "back", "Leave the war room.", footer=True),
    _key("incident", "incident.ack", "a", "ack", "Say that you have it: escalation stops.", footer=True),
    _key("incident", "incident.note", "n", "note", "Write something down.", footer=True),
    _key("incident", "incident.assign", "A", "assign", "Give it, or a role in it, to somebody.", footer=True),
    _key("incident", "incident.priority", "p", "priority", "Make it P1, P2, P3 or P4.", footer=True),
    _key("incident", "incident.resolve", "R", "resolve", "End it, and say how.", footer=True),
    _key("incident", "incident.silence", "z", "silence", "Tell nobody of its alerts for a while.", footer=True),
    _key("about", "incident.why", "e", "why", "What each stage made of its alerts.", footer=True),
    _key("about", "incident.postmortem", "P", "post-mortem", "What happened, as a post-mortem.", footer=True),
    _key("incident", "incident.mitigate", "M", "mitigated", "It no longer hurts, though it is not over."),
    _key("incident", "incident.false_alarm", "F", "false alarm", "End it as one that was none."),
    _key("incident", "incident.reopen", "u", "reopen", "It is not over."),
    _key("incident", "incident.merge", "m", "merge", "It is the same as another."),
    _key("incident", "incident.split", "b", "split", "Take alerts out into an incident of their own."),
    _key("incident", "incident.title", "T", "title", "Call it something else."),
    _key("incident", "incident.link", "L", "link", "Add the address of something that belongs to it."),
    _key("incident", "incident.todo", "d", "to do", "Something to be done afterwards, for the post-mortem."),
    _key("about", "incident.copy", "y", "copy", "Copy the incident through the terminal (OSC 52)."),
    _key("incidents", "incidents.whole", "enter", "whole", "Give the incident the whole screen, and back."),
    _key("incidents", "incidents.filter", "slash", "find", "Find incidents by words of their titles.", footer=True),
    _key("incidents", "incidents.down", "J,space", "read on", "One screenful of the incident on."),
    _key("incidents", "incidents.up", "K", "read back", "One screenful of the incident back."),
    _key("room", "room.next", "tab", "next", "The next open incident.", footer=True),
    _key("room", "room.previous", "shift+tab", "incident before", "The open incident before."),
    _key("room", "room.down", "j,down", "down", "Read the timeline on.", footer=True),
    _key("room", "room.up", "k,up", "up", "Read the timeline back."),
    _key("room", "room.page_down", "ctrl+d,pagedown,space", "page down", "One screenful of the timeline on."),
    _key("room", "room.page_up", "ctrl+u,pageup", "page up", "One screenful of the timeline back."),
    _key("room", "room.top", "g,home", "top", "To the first moment of the timeline."),
    _key("room", "room.end", "G,end,f", "follow", "To the newest moment, and stay there."),
    _key("room", "room.longer", "plus,equals_sign", "span", "More time in the chart."),
    _key("room", "room.shorter", "minus", "shorter", "Less time in the chart."),
    _key("postmortem", "postmortem.save", "w", "save", "Write the post-mortem to a file.", footer=True, local=True),
    _key("drift", "drift.back", "escape,q,D", "back", "Back to the floor; what is captured goes on.", footer=True),
    _key("drift", "drift.detect", "d", "detect", "Capture, and compare with the baseline.", footer=True),
    _key("agreeing", "drift.accept", "a", "accept", "Say that it is meant, and why: then it is expected.", footer=True),
    _key("agreeing", "drift.capture", "c", "capture", "Keep what is as the baseline from now on.", footer=True),
    _key("drift", "drift.beside", "v", "view", "The diff side by side, or one below the other.", footer=True),
    _key("drift", "drift.new", "n", "only new", "Only what is new since an hour, a day, or all.", footer=True),
    _key("drift", "drift.filter", "slash", "filter", "Only differences with a text; `!text` hides.", footer=True),
    _key("drift", "drift.whole", "enter,z", "whole", "Give the diff the whole screen, and back.", footer=True),
    _key("drift", "drift.history", "h", "history", "Drift over time, and who accepted what.", footer=True),
    _key("drift", "drift.fold", "space", "fold", "Fold what is under the cursor, or unfold it.", footer=True),
    _key("drift", "drift.all", "e", "expected", "Show what is expected or ignored too, or leave it out."),
    _key("agreeing", "drift.withdraw", "u", "withdraw", "Take back what was accepted."),
    _key("agreeing", "drift.baseline", "b", "baseline", "Compare with another baseline that is kept."),
    _key("drift", "drift.export", "w", "export", "Write the baseline to a file.", local=True),
    _key("drift", "drift.copy", "y", "copy", "Copy the diff through the terminal (OSC 52)."),
    _key("drift", "drift.down", "J", "read on", "One screenful of the diff on."),
    _key("drift", "drift.up", "K", "read back", "One screenful of the diff back."),
    _key("backing", "backups.run", "r", "run", "Take a backup of the set now.", footer=True),
    _key("backing", "backups.verify", "v", "verify", "Read the chosen backup through.", footer=True),
    _key("backing", "backups.drill", "d", "drill", "Restore the chosen one for proof, and compare.", footer=True),
    _key("backing", "backups.restore", "R", "restore", "Put the chosen one back, after a plan.", footer=True),
    _key("backups", "backups.prune", "p", "prune", "What stays, what expires, and why; only looked at.", footer=True),
    _key("backups", "backups.contents", "c", "contents", "Look and search inside the chosen backup.", footer=True),
    _key(
        "backups",
        "backups.next",
        "tab,shift+tab",
        "table",
        "From the sets to backups, and back.",
        footer=True,
    ),
    _key("backups", "backups.back", "escape,q,B", "back", "Back to the floor; what runs goes on.", footer=True),
    _key("backups", "backups.whole", "enter,z", "whole", "Give the text the whole screen, and back.", footer=True),
    _key("backups", "backups.filter", "slash", "filter", "Only what has a text, sets too; `!text` hides.", footer=True),
    _key("backups", "backups.earlier", "left_square_bracket", "earlier", "The calendar a month back.", footer=True),
    _key("backups", "backups.later", "right_square_bracket", "later", "The calendar a month on."),
    _key("backups", "backups.look", "u", "ask anew", "Ask every target now."),
    _key("backing", "backups.delete", "X", "delete", "Delete the chosen backup, after a plan and its name."),
    _key("backups", "backups.copy", "y", "copy", "Copy the text through the terminal (OSC 52)."),
    _key("backups", "backups.down", "J", "read on", "One screenful of the text on."),
    _key("backups", "backups.up", "K", "read back", "One screenful of the text back."),
    _key("within", "contents.restore", "R", "restore", "Restore what is marked, or this one.", footer=True),
    _key("contents", "contents.mark", "space", "mark", "Mark it and go on; R restores all marked.", footer=True),
    _key("contents", "contents.filter", "slash", "search", "Only names with a text; `!text` hides.", footer=True),
    _key("contents", "contents.copy", "y", "copy", "Copy the marked names, or this one (OSC 52).", footer=True),
    _key("contents", "contents.back", "escape,q,c", "back", "Leave; nothing is restored.", footer=True),
    _key("restoring", "restoring.plan", "y", "plan", "Show its plan; nothing is done before a yes.", footer=True),
    _key("restoring", "restoring.backup", "b", "backup", "Another backup: an id, a time, a word.", footer=True),
    _key("restoring", "restoring.to", "t", "to", "To another place: a database, a folder, a volume.", footer=True),
    _key("restoring", "restoring.only", "n", "only", "Only some tables or files of it.", footer=True),
    _key("restoring", "restoring.contents", "c", "contents", "Choose them from what is in it.", footer=True),
    _key("restoring", "restoring.empty", "e", "write over", "Whether a place may have something in it already."),
    _key("restoring", "restoring.safety", "s", "safety", "Whether what is there is backed up first."),
    _key("restoring", "restoring.again", "r", "read again", "Read anew what would be written over."),
    _key("restoring", "restoring.back", "escape,q", "back", "Leave; nothing is restored.", footer=True),
    *_moving("restoring", "restoring", _PAGE, page_down="ctrl+d,pagedown,space"),
    _key("pruning", "pruning.plan", "p", "prune", "Plan to delete what expires; nothing before a yes.", footer=True),
    _key("fixes", "fixes.choose", "enter", "plan", "Show the plan of the fix under the cursor.", footer=True),
    _key(
        "fixes",
        "fixes.number",
        "1,2,3,4,5,6,7,8,9",
        "plan of that number",
        "Show the plan of the fix with that number.",
    ),
    _key("fixes", "fixes.down", "j,down", "down", "The next fix.", footer=True),
    _key("fixes", "fixes.up", "k,up", "up", "The fix before.", footer=True),
    _key("fixes", "fixes.again", "r", "look again", "Ask anew what fits.", footer=True),
    _key("fixes", "fixes.back", "escape,q", "back", "Leave; nothing is done.", footer=True),
    _key("plan", "plan.back", "enter,escape,n,q", "no", "Leave; nothing is done.", footer=True),
    _key(
        "plan",
        "plan.run",
        "y",
        "run it",
        "Do what the plan says: pressed once, after it was there to be read.",
        footer=True,
    ),
    _key("plan", "plan.again", "r", "plan again", "Read everything anew and make the plan again.", footer=True),
    *_moving("plan", "plan", _PAGE, ("down",), page_down="ctrl+d,pagedown,space"),
    _key(
        "form",
        "form.take",
        "enter",
        "next",
        "Take the answer and go on; after the last one the plan is made.",
        footer=True,
    ),
    _key("form", "form.down", "down,ctrl+n", "choice down", "The next choice.", footer=True),
    _key("form", "form.up", "up", "choice up", "The choice before."),
    _key("form", "form.next", "tab", "next line", "The next line.", footer=True),
    _key("form", "form.previous", "shift+tab", "line before", "The line before."),
    _key("form", "form.back", "escape", "back", "Leave; nothing is done.", footer=True),
    _key("everywhere", "app.theme", "t", "theme", "The next theme: dark, light, high contrast, sixteen colours."),
    _key("everywhere", "app.redraw", "ctrl+l", "redraw", "Draw the whole screen anew, whatever has written on it."),
    _key("everywhere", "app.palette", "ctrl+p", "palette", "Find any action by its name."),
    _key("everywhere", "app.help", "question_mark", "help", "What every pane shows and every key does.", footer=True),
    _key("everywhere", "app.quit", "q", "quit", "Leave. The terminal is as it was before."),
)
