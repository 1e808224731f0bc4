"""The `c2t` command: finds the commands, runs one, and turns errors into messages.

A command is a file in `caffe2torch/commands/`. The first line of its docstring is its line
in `c2t --help`, its constant GROUP is the heading it stands under, and `command` is the
click command; what it returns is the exit code. A folder of such files is a command with
sub-commands. Listing reads the files as text, so that help imports none of them.
"""

from __future__ import annotations

import ast
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from caffe2torch import __version__
from caffe2torch.errors import C2TError, Span

GROUPS = ("train", "check", "convert", "data", "look")
FINE, FAILED, UNUSABLE = 0, 1, 2
# The machine gave out, not the input; everything else the system refuses is the input's fault.
MACHINE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE}


class CommandFolder(click.Group):
    """A click group whose commands are the files of a folder, imported when they are run."""

    def __init__(self, package: str, folder: Path, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.package = package
        self.folder = folder

    def files(self) -> dict[str, Path]:
        """Return command name -> file, sorted; the file of a sub-folder is its `__init__.py`."""
        paths = [p for p in self.folder.glob("*.py") if not p.name.startswith("__")]
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
        command: click.Command = import_module(f"{self.package}.{module_name(path)}").command
        return command

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
        """Write the commands under the heading of their GROUP."""
        rows: dict[str, list[tuple[str, str]]] = {group: [] for group in (*GROUPS, "commands")}
        for name, path in self.files().items():
            line, group = card(path)
            rows[group].append((name, line))
        for group, entries in rows.items():
            if entries:
                with formatter.section(group.capitalize()):
                    formatter.write_dl(entries)


class Root(CommandFolder):
    """The group behind `c2t`: the one place where an exception becomes an exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run the command line and exit with its code."""
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra)
            sys.stdout.flush()
        except BaseException as error:  # noqa: BLE001  nobody above could explain it
            code = explain(error)
        sys.exit(code if isinstance(code, int) else FINE)


def module_name(path: Path) -> str:
    """Return the module that a command's file is, inside its folder."""
    return path.parent.name if path.name == "__init__.py" else path.stem


def command_name(path: Path) -> str:
    """Return what a user types: `rescale_mean.py` is rescale-mean, `import_` is import."""
    return module_name(path).rstrip("_").replace("_", "-")


def card(path: Path) -> tuple[str, str]:
    """Return the first docstring line and the GROUP of a command's file, without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    line = (ast.get_docstring(tree) or "").partition("\n")[0].rstrip(".")
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "GROUP":
            return line, str(ast.literal_eval(node.value))
    return line, "commands"


def explain(error: BaseException) -> int:
    """Print what a user can do about `error` on standard error; return the exit code."""
    if os.environ.get("C2T_DEBUG") and not isinstance(error, (SystemExit, click.ClickException)):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FINE
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has left; Python would complain once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    if isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return FAILED
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    return explain_failure(error)


def explain_failure(error: BaseException) -> int:
    """Print the message of an error that a command raised; return the exit code."""
    if isinstance(error, C2TError):
        # schema.SeveralSchemaError carries all that is wrong with a file.
        for part in getattr(error, "errors", [error]):
            prefix = "" if part.span else "error: "
            click.echo(f"{prefix}{part}{excerpt(part.span)}", err=True)
        return UNUSABLE
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {place}{error.strerror or error}", err=True)
        return FAILED if error.errno in MACHINE_ERRORS else UNUSABLE
    if isinstance(error, MemoryError):
        click.echo("error: not enough memory → a smaller batch_size needs less", err=True)
        return FAILED
    what = f"{type(error).__name__}: {error}"
    click.echo(f"error: this is a fault of caffe2torch itself: {what}", err=True)
    click.echo("→ please report it with what `c2t --debug ...` prints", err=True)
    return FAILED


def excerpt(span: Span | None) -> str:
    """Return the source line that `span` points at and a caret below, or nothing."""
    try:
        text = Path(span.file).read_text(encoding="utf-8-sig") if span else ""
    except (OSError, UnicodeDecodeError):
        return ""
    lines = text.splitlines()
    if span is None or not 0 < span.line <= len(lines):
        return ""
    line = lines[span.line - 1].replace("\t", " ")
    return f"\n    {line}\n    {' ' * (span.col - 1)}^"


def show_tracebacks(ctx: click.Context, param: click.Parameter, on: bool) -> None:
    """Turn tracebacks on, also for the workers of a training run: hence the environment."""
    if on:
        os.environ["C2T_DEBUG"] = "1"


@click.command(
    cls=Root,
    package="caffe2torch.commands",
    folder=Path(__file__).with_name("commands"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="c2t")
@click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_tracebacks,
    help="Show the traceback of an error (or set C2T_DEBUG=1).",
)
def cli() -> None:
    """Read, check, train and convert Caffe networks with PyTorch."""


def main() -> None:
    """Run `c2t` with the arguments of this process."""
    cli.main(prog_name="c2t")
