"""Commands that also take the flags of Caffe's own tools in the spellings of gflags.

`-gray`, `--gray=true`, `--nogray` and `--resize_height=256` are all understood.
Source: the documentation of gflags, "Setting flags on the command line"
"""

from __future__ import annotations

from typing import Any

import click

_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}


class GflagsCommand(click.Command):
    """A click command that rewrites gflags spellings to its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Rewrite the options in `args`, up to a bare `--`, and parse them."""
        stop = args.index("--") if "--" in args else len(args)
        rewritten = [new for arg in args[:stop] for new in self._rewritten(arg)]
        return super().parse_args(ctx, rewritten + args[stop:])

    def _rewritten(self, arg: str) -> list[str]:
        name, equals, value = arg.lstrip("-").partition("=")
        name = name.replace("_", "-")
        known = {option.lstrip("-"): param for param in self.params for option in param.opts}
        if not arg.startswith("-") or len(name) < 2:
            return [arg]
        if name.startswith("no") and _is_flag(known.get(name[2:])):
            return []
        param = known.get(name)
        if param is None:
            return [arg]
        if not _is_flag(param):
            return [f"--{name}{equals}{value}"]
        if equals and value.lower() not in _TRUE | _FALSE:
            raise click.BadParameter(f"{value!r} is neither true nor false", param=param)
        return [] if value.lower() in _FALSE else [f"--{name}"]


def _is_flag(param: Any) -> bool:
    return bool(getattr(param, "is_flag", False))
