"""The `c2t` command: runs a command of `caffe2torch/commands/` and turns errors into messages."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from caffe2torch import __version__, fork_proto, inputs
from caffe2torch.commands._doors import DOORS, versions
from caffe2torch.commands._folder import CommandFolder
from caffe2torch.errors import EXTRAS, LONGEST, C2TError, RunError, Span, missing_package
from caffe2torch.terminal import echo, pointed, printable, printable_lines, width, wrapped

FINE, FAILED, UNUSABLE = 0, 1, 2
# The machine gave out, not the input; everything else the system refuses is the input's fault.
MACHINE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE}
NO_MEMORY = re.compile(r"can't allocate memory|out of memory|^PyObject pointer is null")
"""How torch and safetensors say so: they raise errors of other kinds."""
MOST = 50
"""Faults of one file that are shown."""


class Root(CommandFolder):
    """The group behind `c2t`: the one place where an exception becomes an exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run the command line and exit with its code."""
        extra["standalone_mode"] = False
        try:
            args = take_sandbox(sys.argv[1:] if args is None else args)
            args = fork_proto.take_option(args)
            code = super().main(args, *rest, **extra)
            sys.stdout.flush()
        except BaseException as error:  # noqa: BLE001  nobody above could explain it
            code = explain(error)
        sys.exit(code if isinstance(code, int) else FINE)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; without any argument, show where to go in."""
        if not args and not ctx.resilient_parsing:
            echo(DOORS.rstrip())
            ctx.exit()
        return super().parse_args(ctx, args)


def take_sandbox(args: Sequence[str]) -> list[str]:
    """Take --sandbox DIR out of a command line, wherever it stands, and set the environment.

    The workers of a training run and what they start are held to it, too.
    Raises: ClickException if DIR is no folder.
    """
    rest, words = [], iter(args)
    for word in words:
        option, equals, value = word.partition("=")
        if option != "--sandbox":
            rest.append(word)
            continue
        folder = value if equals else next(words, "")
        if not Path(folder or "?").is_dir():
            raise click.UsageError(f"--sandbox: {folder or 'nothing'} is no folder")
        os.environ[inputs.SANDBOX] = str(Path(folder).resolve())
    return rest


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
        echo("interrupted", err=True)
        return FAILED
    if isinstance(error, click.ClickException):
        # it quotes what was typed, or what a glob gave
        room = max(0, width(err=True) - len("Error: "))
        vars(error)["message"] = wrapped(printable_lines(error.message), room)
        error.show()
        return error.exit_code
    return explain_failure(error)


def explain_failure(error: BaseException) -> int:
    """Print the message of an error that a command raised; return the exit code."""
    if isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
        error = missing_package(error.name)
    if isinstance(error, C2TError):
        # schema.SeveralSchemaError carries all that is wrong with a file.
        parts = getattr(error, "errors", [error])
        for part in parts[:MOST]:
            prefix = "" if part.span else "error: "
            echo(inputs.called(f"{prefix}{part}"), err=True)
            echo(excerpt(part.span), err=True, nl=False, verbatim=True)
        if parts[MOST:]:
            echo(f"error: {len(parts) - MOST:,} more of this kind", err=True)
        return FAILED if isinstance(error, RunError) or _gave_out(error) else UNUSABLE
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        text = inputs.called(f"error: {place}{error.strerror or error}")
        echo(printable(text, LONGEST), err=True)
        return FAILED if error.errno in MACHINE_ERRORS else UNUSABLE
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop"):  # Path.resolve
        echo(printable(f"error: {error}: a link that leads to itself", LONGEST), err=True)
        return UNUSABLE
    if isinstance(error, MemoryError) or NO_MEMORY.search(str(error)):
        echo("error: not enough memory → smaller batches or images need less", err=True)
        return FAILED
    what = printable(f"{type(error).__name__}: {error}", LONGEST)
    echo(f"error: this is a fault of caffe2torch itself: {what}", err=True)
    echo("→ please report it with what `c2t --debug ...` prints", err=True)
    return FAILED


def _gave_out(error: BaseException) -> bool:
    """Whether an error was raised because the machine gave out, as a full disk does."""
    cause = error.__context__
    return isinstance(cause, OSError) and cause.errno in MACHINE_ERRORS


def excerpt(span: Span | None) -> str:
    """Return the source line that `span` points at and a caret below, or nothing."""
    try:
        data = inputs.read(span.file) if span else b"\0"
    except OSError:
        return ""
    if b"\0" in data[:1024]:
        return ""  # binary
    lines = data.decode("utf-8-sig", "surrogateescape").split("\n")
    if span is None or not 0 < span.line <= len(lines):
        return ""
    line, caret = pointed(lines[span.line - 1], span.col - 1, 1)
    return f"    {line}\n    {caret}\n"


def show_tracebacks(ctx: click.Context, param: click.Parameter, on: bool) -> None:
    """Turn tracebacks on, also for the workers of a training run: hence the environment."""
    if on:
        os.environ["C2T_DEBUG"] = "1"


def show_version(ctx: click.Context, param: click.Parameter, on: bool) -> None:
    """Print the versions and leave."""
    if on and not ctx.resilient_parsing:
        echo(versions(__version__))
        ctx.exit()


@click.command(
    cls=Root,
    package="caffe2torch.commands",
    folder=Path(__file__).with_name("commands"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the versions of c2t, torch, protobuf and Python.",
)
@click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_tracebacks,
    help="Show the traceback of an error (or set C2T_DEBUG=1).",
)
@click.option(
    "--sandbox",
    metavar="DIR",
    expose_value=False,
    help="Read and write files only below this folder; may stand anywhere (or set C2T_SANDBOX).",
)
@click.option(
    "--proto",
    metavar="FILE",
    expose_value=False,
    help="A fork's caffe.proto, by which files are read; may stand anywhere (or set C2T_PROTO).",
)
def cli() -> None:
    """Read, check, train and convert Caffe networks with PyTorch."""


def open_streams() -> None:
    """Give a process that was started with closed standard streams ones that lead nowhere.

    Else the next file that it opens becomes its standard output.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest that is free, which is this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    if sys.stdin is None:
        sys.stdin = io.StringIO()


def wait_shortly() -> None:
    """Let the threads of OpenMP that have nothing to do sleep soon, unless the user has said how.

    They spin for milliseconds by themselves, which is no faster on idle processors. On busy ones
    the thread that all wait for gets none: a step of LeNet then took 880 ms, not 130.
    """
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys():
        os.environ["GOMP_SPINCOUNT"] = "10000"  # read when torch is loaded, here and in workers


def main() -> None:
    """Run `c2t` with the arguments of this process."""
    open_streams()
    wait_shortly()
    cli.main(prog_name="c2t")
