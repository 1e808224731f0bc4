"""What a lint run is told: by `pyproject.toml` or `c2t.toml`, and over that by options.

[tool.c2t.lint]          # in c2t.toml: [lint]
select = ["C2T"]         # run only these; prefixes
extend-select = []       # and these as well
ignore = ["C2T316"]
exclude = ["old/**"]
baseline = "c2t-baseline.json"
per-file-ignores = { "deploy*.prototxt" = ["C2T4"] }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.errors import C2TError, SchemaError
from caffe2torch.lint.suppress import matches

_KEYS = ("select", "extend-select", "ignore", "exclude", "baseline", "per-file-ignores")


@dataclass(frozen=True)
class Config:
    """Which rules run on which files. `folder` is where the configuration file stands."""

    select: tuple[str, ...] = ("ALL",)
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    baseline: str = ""
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    folder: Path = Path()

    def runs(self, code: str) -> bool:
        """Whether the rule `code` is on. Of select and ignore the longer prefix decides."""
        on = _longest(code, self.select + self.extend_select)
        return on > _longest(code, self.ignore)

    def silences(self, code: str, file: str) -> bool:
        """Whether per-file-ignores silence `code` in `file`."""
        return any(
            self._fits(file, pattern) and matches(code, codes)
            for pattern, codes in self.per_file_ignores.items()
        )

    def excludes(self, file: str) -> bool:
        """Whether `file` is not to be linted when a folder or glob finds it."""
        return any(self._fits(file, pattern) for pattern in self.exclude)

    def _fits(self, file: str, pattern: str) -> bool:
        path = Path(file).resolve()
        under = path.is_relative_to(self.folder.resolve())
        relative = path.relative_to(self.folder.resolve()).as_posix() if under else file
        return fnmatch(relative, pattern) or fnmatch(path.name, pattern)


def _longest(code: str, patterns: tuple[str, ...]) -> int:
    lengths = [
        0 if p.upper() == "ALL" else len(p.upper().removeprefix("C2T")) + 1
        for p in patterns
        if matches(code, (p,))
    ]
    return max(lengths, default=-1)


def check_prefixes(patterns: tuple[str, ...]) -> None:
    """Raise C2TError for a prefix that no rule has, which is a typing error."""
    from caffe2torch.lint import faults, rules

    codes = [rule.code for rule in rules.every()] + list(faults.CODES)
    for pattern in patterns:
        if not any(matches(code, (pattern,)) for code in codes):
            raise C2TError(f'no rule begins with "{pattern}"', hint="`c2t rules` lists them")


def load(start: Path, given: Path | None = None) -> Config:
    """The configuration for files in `start`: of `given`, or the nearest one up the folders.

    Raises: SchemaError for an unknown key or a file that is no TOML.
    """
    if given is not None:
        return _read(given, _table(given))
    for folder in (start.resolve(), *start.resolve().parents):
        for name in ("c2t.toml", "pyproject.toml"):
            path = folder / name
            if path.is_file():
                table = _table(path)
                if table is not None:
                    return _read(path, table)
    return Config(folder=start)


def _table(path: Path) -> dict[str, Any] | None:
    """The lint table of a TOML file, None if it has none."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    try:
        content = tomllib.loads(inputs.read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError(f"{path} cannot be read: {error}") from None
    if path.name == "pyproject.toml":
        content = _below(path, _below(path, content, "tool"), "c2t")
    lost = [key for key in _KEYS if key in content]
    if lost:
        raise SchemaError(f'{path}: "{lost[0]}" stands outside of the table', hint="below [lint]")
    return _below(path, content, "lint") if "lint" in content else None


def _below(path: Path, content: dict[str, Any], key: str) -> dict[str, Any]:
    """A table of a table, empty if there is none. Raises: SchemaError for a value of its name."""
    table = content.get(key, {})
    if not isinstance(table, dict):
        raise SchemaError(f"{path}: {key} has a value of the wrong kind: {table!r}")
    return table


def _read(path: Path, table: dict[str, Any] | None) -> Config:
    config = Config(folder=path.parent)
    for key, value in (table or {}).items():
        if key not in _KEYS:
            raise SchemaError(f'{path}: "{key}" is no setting', hint=f"known: {', '.join(_KEYS)}")
        config = replace(config, **{key.replace("-", "_"): _value(path, key, value)})
    check_prefixes(config.select + config.extend_select + config.ignore)
    return config


def _value(path: Path, key: str, value: Any) -> Any:
    if key == "baseline" and isinstance(value, str):
        return str(path.parent / value)
    if key == "per-file-ignores" and isinstance(value, dict):
        lists = {p: codes if isinstance(codes, list) else [codes] for p, codes in value.items()}
        return {str(pattern): tuple(map(str, codes)) for pattern, codes in lists.items()}
    if key not in ("baseline", "per-file-ignores") and isinstance(value, list):
        return tuple(map(str, value))
    raise SchemaError(f"{path}: {key} has a value of the wrong kind: {value!r}")
