"""`watchfloor completion`: scripts that let a shell complete commands and options, made from the parser itself."""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from tui.cli.output import say_exactly

SUMMARY = "print a script that lets the shell complete commands and options"
EXAMPLES = (
    ('eval "$(watchfloor completion bash)"', "for this bash"),
    ("watchfloor completion zsh > ~/.zfunc/_watchfloor", "for zsh, in a folder of $fpath"),
    ("watchfloor completion fish > ~/.config/fish/completions/watchfloor.fish", "for fish"),
)


class Option(NamedTuple):
    """One option or one word that can be chosen."""

    name: str
    words: str
    takes: str = ""
    """What its value is called; "" when it takes none."""


class Entry(NamedTuple):
    """What can follow a command; "" is the program itself."""

    command: str
    words: str
    options: tuple[Option, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("shell", choices=tuple(_SCRIPTS), help="the shell to write for")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from tui.cli.parser import build

    say_exactly(_SCRIPTS[args.shell](tuple(_entries(build()))))
    return 0


def _entries(parser: argparse.ArgumentParser) -> Iterator[Entry]:
    """The program's own options and commands, then each command's."""
    yield Entry("", parser.description or "", tuple(_options(parser)))
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield Entry(name, below.description or "", tuple(_options(below)))


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from (Option(choice.dest, choice.help or "") for choice in action._choices_actions)
        elif action.option_strings:
            takes = "" if action.nargs == 0 else str(action.metavar or action.dest)
            yield from (Option(name, action.help or "", takes) for name in action.option_strings if name != "-h")
        elif hasattr(action, "words"):
            yield from (Option(name, words) for name, words in action.words.items())
        elif action.choices:
            yield from (Option(str(choice), action.help or "") for choice in action.choices)


def _bash(entries: tuple[Entry, ...]) -> str:
    cases = "\n".join(
        f"        {_quoted(entry.command)}) words='{' '.join(option.name for option in entry.options)}' ;;"
        for entry in entries
    )
    names = "|".join(entry.command for entry in entries if entry.command)
    files = "|".join(sorted({option.name for entry in entries for option in entry.options if option.takes == "FILE"}))
    return f"""\
# bash completion for watchfloor
_watchfloor() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" command="" words="" word
    COMPREPLY=()
    case "$previous" in
        {files}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in {names}) command="$word"; break ;; esac
    done
    case "$command" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _watchfloor watchfloor
"""


def _zsh(entries: tuple[Entry, ...]) -> str:
    cases = "\n".join(
        f"    {_quoted(entry.command)})\n      choices=({' '.join(map(_zsh_choice, entry.options))}) ;;"
        for entry in entries
    )
    names = "|".join(entry.command for entry in entries if entry.command)
    return f"""\
#compdef watchfloor
_watchfloor() {{
  local command="" word
  local -a choices
  if [[ ${{words[CURRENT-1]}} == --config ]]; then _files; return; fi
  for word in ${{words[2,CURRENT-1]}}; do
    case $word in {names}) command=$word; break ;; esac
  done
  case $command in
{cases}
  esac
  _describe 'watchfloor' choices || _files
}}
if [ "$funcstack[1]" = "_watchfloor" ]; then _watchfloor "$@"; else compdef _watchfloor watchfloor; fi
"""


def _zsh_choice(option: Option) -> str:
    return _quoted(f"{option.name}:{option.words}")


def _quoted(text: str) -> str:
    """A text in single quotes, as bash and zsh read it."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(entries: tuple[Entry, ...]) -> str:
    lines = ["# fish completion for watchfloor"]
    for entry in entries:
        when = f"__fish_seen_subcommand_from {entry.command}" if entry.command else "__fish_use_subcommand"
        lines += [f"complete -c watchfloor -n {_quoted(when)} {_fish_option(option)}" for option in entry.options]
    return "\n".join(lines) + "\n"


def _fish_option(option: Option) -> str:
    words = "'" + option.words.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if not option.name.startswith("--"):
        return f"-f -a {option.name} -d {words}"
    value = " -r" if option.takes == "FILE" else " -x" if option.takes else " -f"
    return f"-l {option.name[2:]}{value} -d {words}"


_SCRIPTS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
