"""A group whose commands are the files of a folder.

A command is a file: the first line of its docstring is its line in `--help`, its constant GROUP
is the heading it stands under, EXAMPLE a line that somebody could type, and `command` the click
command; what it returns is the exit code. A folder of such files is a command with sub-commands.
Listing reads the files as text, so that help imports none of them. Files with a leading underscore
hold no command.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from caffe2torch.terminal import VERBOSITY

GROUPS = ("train", "check", "convert", "data", "look")


@dataclass
class Card:
    """What a command's file says of itself; "" where it says nothing."""

    line: str
    group: str = "commands"
    example: str = ""


class CommandFolder(click.Group):
    """A click group whose commands are the files of a folder, imported when they are run."""

    def __init__(self, package: str, folder: Path, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.package = package
        self.folder = folder

    def files(self) -> dict[str, Path]:
        """Return command name -> file, sorted; the file of a sub-folder is its `__init__.py`."""
        paths = [p for p in self.folder.glob("*.py") if not p.name.startswith("_")]
        paths += self.folder.glob("*/__init__.py")
        return {command_name(path): path for path in sorted(paths, key=command_name)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands; nothing is imported."""
        return list(self.files())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the file of the command `name` and return its `command`."""
        path = self.files().get(name)
        if path is None:
            return None
        module = import_module(f"{self.package}.{module_name(path)}")
        command: click.Command = module.command
        example = getattr(module, "EXAMPLE", "")
        if example not in (command.epilog or ""):
            rest = f"\n\n{command.epilog}" if command.epilog else ""
            command.epilog = f"\b\nExample:\n  {example}{rest}"
        if not isinstance(command, click.Group):
            add_verbosity(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so; nothing is imported."""
        names = [
            CompletionItem(name, help=card(path).line)
            for name, path in self.files().items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that args[0] names and its arguments, or suggest the nearest."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            raise click.UsageError(f"no command {name!r}; {self._nearest(name)}", ctx)
        return name, command, rest

    def _nearest(self, name: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(name, self.files(), n=1)
        return f"did you mean {near[0]!r}?" if near else "there are: " + ", ".join(self.files())

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their examples under the heading of their GROUP."""
        rows: dict[str, list[tuple[str, str]]] = {group: [] for group in (*GROUPS, "commands")}
        for name, path in self.files().items():
            entry = card(path)
            rows[entry.group].append((name, entry.line))
            if entry.example:
                rows[entry.group].append(("", f"$ {entry.example}"))
        for group, entries in rows.items():
            if entries:
                with formatter.section(group.capitalize()):
                    formatter.write_dl(entries)


def add_verbosity(command: click.Command) -> None:
    """Give a command -q and -v, once."""
    if any("-q" in param.opts for param in command.params):
        return
    for level, name, text in (
        (-1, "quiet", "Print results and errors alone."),
        (1, "verbose", "Print also which files are read, and what is left out otherwise."),
    ):
        option = click.Option(
            [f"-{name[0]}", f"--{name}"], is_flag=True, expose_value=False, is_eager=True,
            callback=_chosen(str(level)), help=text,
        )  # fmt: skip
        command.params.append(option)


def _chosen(level: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    """What sets the verbosity, for workers too, until the command has ended."""

    def choose(context: click.Context, _param: click.Parameter, on: bool) -> None:
        if not on or context.resilient_parsing:
            return
        before = os.environ.get(VERBOSITY, "")
        os.environ[VERBOSITY] = level
        context.call_on_close(lambda: os.environ.__setitem__(VERBOSITY, before))

    return choose


def module_name(path: Path) -> str:
    """Return the module that a command's file is, inside its folder."""
    return path.parent.name if path.name == "__init__.py" else path.stem


def command_name(path: Path) -> str:
    """Return what a user types: `rescale_mean.py` is rescale-mean, `import_` is import."""
    return module_name(path).rstrip("_").replace("_", "-")


def card(path: Path) -> Card:
    """Read the first docstring line, GROUP and EXAMPLE of a command's file; it is not imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    entry = Card((ast.get_docstring(tree) or "").partition("\n")[0].rstrip("."))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            name = ast.unparse(node.targets[0])
            if name in ("GROUP", "EXAMPLE"):
                setattr(entry, name.lower(), str(node.value.value))
    return entry
