"""One `c2t lint` run: which files, which rules, fix or print, which exit code."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from glob import glob
from pathlib import Path

from caffe2torch.config.files import Files
from caffe2torch.errors import C2TError
from caffe2torch.lint import baseline, engine, explain, faults, fix, formats
from caffe2torch.lint.config import Config, check_prefixes, load
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.terminal import printable, printable_lines

FINE, FINDINGS, UNREADABLE = 0, 1, 2
_TEXT_SUFFIXES = (".prototxt", ".pbtxt")


@dataclass(frozen=True)
class Settings:
    """The options of the command, as `c2t lint --help` describes them."""

    select: Sequence[str] = ()
    extend_select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    style: str = "text"
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    signal: bool = False
    weights: str = ""
    statistics: bool = False
    exit_zero: bool = False
    config: Path | None = None
    isolated: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None
    stdin_filename: str = "<stdin>"
    brief: bool = False
    explain: bool = False


@dataclass
class Result:
    """What to print, and the exit code."""

    output: str
    code: int


@dataclass
class _Run:
    """Everything linted so far.

    brought: net files that solvers brought with them
    """

    settings: Settings
    config: Config
    findings: list[Finding] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    brought: set[Path] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    fixed: list[Fix] = field(default_factory=list)


def run(paths: Sequence[str], settings: Settings, color: bool, width: int = 0) -> Result:
    """Lint `paths` and render the result. Raises C2TError for what the options name wrongly."""
    render = formats.find(settings.style)
    state = _Run(settings, configuration(settings))
    overlay = _stdin(paths, settings)
    files = expand(paths, state.config, settings)
    for file in files:
        if Path(file).resolve() not in state.brought:
            _lint_one(state, file, overlay)
            _note(state, alone=len(files) == 1)
    findings = _known_removed(state)
    if settings.signal:
        return Result(_tables(state), FINE)
    if settings.write_baseline:
        n = baseline.write(settings.write_baseline, findings)
        return Result(f"{n} findings written to {settings.write_baseline}\n", FINE)
    output = _fixes(state, overlay)
    if settings.statistics:
        output += statistics(findings)
    else:
        output += render(_report(state, findings, color, width))
    return Result(output, 0 if settings.exit_zero else exit_code(state.contexts, findings))


def configuration(settings: Settings) -> Config:
    """The configuration file's settings with the options over them. Raises C2TError."""
    config = Config() if settings.isolated else load(Path.cwd(), settings.config)
    changes = {
        name: _codes(getattr(settings, name))
        for name in ("select", "extend_select", "ignore")
        if getattr(settings, name)
    }
    for codes in changes.values():
        check_prefixes(codes)
    if settings.baseline:
        config = replace(config, baseline=str(settings.baseline))
    return replace(config, **changes)  # type: ignore[arg-type]


def _codes(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


def expand(paths: Sequence[str], config: Config, settings: Settings) -> list[str]:
    """Files, folders and globs as files; solvers first, since they bring their nets with them."""
    files: dict[str, None] = {}
    for path in paths:
        if path == "-":
            files[settings.stdin_filename] = None
        elif Path(path).is_dir():
            inside = [p for p in sorted(Path(path).rglob("*")) if p.suffix in _TEXT_SUFFIXES]
            if not inside:
                raise C2TError(
                    f'"{path}" holds no file that ends in {" or ".join(_TEXT_SUFFIXES)}',
                    hint="name a solver or a net, whatever it is called, or a folder of some",
                )
            files.update((str(p), None) for p in inside if not config.excludes(str(p)))
        elif any(c in path for c in "*?[") and not Path(path).exists():
            matched = (
                p
                for p in sorted(glob(path, recursive=True))  # noqa: PTH207  absolute patterns too
                if not config.excludes(p)
            )
            hits = [p for p in matched if Path(p).is_file()]
            if not hits:
                raise C2TError(f'no file matches "{path}"')
            files.update(dict.fromkeys(hits))
        else:
            files[path] = None
    return sorted(files, key=lambda path: "solver" not in Path(path).name)


def _stdin(paths: Sequence[str], settings: Settings) -> dict[str, str]:
    return {settings.stdin_filename: sys.stdin.read()} if "-" in paths else {}


def _note(state: _Run, alone: bool) -> None:
    """Keep which nets the last file brought, and nothing large if there are more to come."""
    context = state.contexts[-1]
    if context.readable and context.is_solver:
        state.brought.update(Path(net.file).resolve() for net in context.known_nets)
    if not alone:
        context.forget()


def _lint_one(state: _Run, file: str, overlay: dict[str, str]) -> None:
    settings = state.settings

    def relint(texts: dict[str, str]) -> tuple[Context, list[Finding]]:
        context = Context(file, Files({**overlay, **state.texts, **texts}), settings.weights)
        return context, engine.run(context, state.config)

    if settings.fix or settings.diff:
        applied = fix.apply_all(relint, settings.unsafe_fixes)
        state.texts.update(applied.texts)
        state.fixed += applied.fixes
    context, findings = relint({})
    state.contexts.append(context)
    state.findings += findings


def _known_removed(state: _Run) -> list[Finding]:
    findings = list(dict.fromkeys(state.findings))
    path = state.config.baseline
    if path and not state.settings.write_baseline:
        return baseline.without(findings, Path(path))
    return findings


def _fixes(state: _Run, overlay: dict[str, str]) -> str:
    """Write or show what was fixed; return what to print about it."""
    texts = state.texts
    if state.settings.diff:
        return printable_lines(fix.diff(texts))
    if not state.settings.fix:
        return ""
    if overlay:
        return "".join(texts.get(name, text) for name, text in overlay.items())
    try:
        fix.write(texts)
    except OSError as error:
        raise C2TError(f"{error.filename} cannot be written: {error.strerror}") from None
    return "".join(f"fixed: {printable(one.title)}\n" for one in state.fixed)


def _report(state: _Run, findings: list[Finding], color: bool, width: int) -> formats.Report:
    sources: dict[str, str] = {}
    for context in state.contexts:
        sources.update(context.files.texts)
    after: list[str] = []
    settings = state.settings
    if not settings.fix and not settings.brief and len(state.contexts) == 1:
        from caffe2torch.lint import outlook

        after = outlook.lines(state.contexts[0], findings)
    files = [context.file for context in state.contexts]
    pages = explain.pages(f.code for f in findings) if settings.explain else []
    return formats.Report(findings, files, sources, after, color, width, settings.brief, pages)


def _tables(state: _Run) -> str:
    from caffe2torch.lint.signal import table

    return printable_lines("\n".join(map(table.of_context, state.contexts)))


def statistics(findings: list[Finding]) -> str:
    """How often each code occurs, the most frequent first."""
    counts = Counter((f.code, f.name) for f in findings)
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{n:5d}  {code}  {name}\n" for (code, name), n in rows)


def exit_code(contexts: list[Context], findings: list[Finding]) -> int:
    """2 if a file cannot be read that is named here or in a solver, 1 for findings, else 0."""
    unreadable = any(f.code == faults.UNREADABLE for f in findings)
    if unreadable or not all(context.readable for context in contexts):
        return UNREADABLE
    return FINDINGS if any(f.severity != "info" for f in findings) else FINE
