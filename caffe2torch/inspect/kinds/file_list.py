"""A list: image files with labels, or just files, such as those of an HDF5Data layer."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report

LOOKED = 100
"""Lines by which it is recognised."""
SAMPLE = 1000
"""Files that are looked for without --all: the first ones."""
_LABELLED = re.compile(r"[^\n]*([/\\]\S+|\.[A-Za-z]\w{1,5})[ \t]+[+-]?\d+(\.\d+)?")
_PATH = re.compile(r"\S*([/\\]\S+|\.[A-Za-z]\w{1,5})")
_SHOWN = 3


def fits(head: Head) -> bool:
    """Lines "file label", or lines of one path each, that are no prototxt."""
    if not head.is_text or head.fields:
        return False
    lines = _lines(head.text[: 1 << 16])[:LOOKED]
    return bool(lines) and (
        all(_LABELLED.fullmatch(line) for line in lines)
        or all(_PATH.fullmatch(line) for line in lines)
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def report(head: Head, options: Options) -> Report:
    """Count files and labels, and look whether the files are there."""
    lines = _lines(head.text)
    labelled = all(_LABELLED.fullmatch(line) for line in lines[:LOOKED])
    pairs = [line.rpartition(" ") if labelled else (line, "", "") for line in lines]
    labels = Counter(label for _, _, label in pairs) if labelled else Counter()
    looked = pairs if options.everything else pairs[:SAMPLE]
    base = Path(head.path).parent
    missing = [name for name, _, _ in looked if not _there(name.strip(), base)]
    data: dict[str, Any] = {
        "files": len(pairs),
        "looked_for": len(looked),
        "missing": len(missing),
        "labels": dict(sorted(labels.items(), key=_order)),
    }
    return Report("list", head.path, data, [f"{head.path}: {_title(data)}", *_body(data, missing)])


def _order(item: tuple[str, int]) -> tuple[float, str]:
    try:
        return float(item[0]), item[0]
    except ValueError:
        return 0.0, item[0]


def _there(name: str, base: Path) -> bool:
    try:
        return Path(name).exists() or (base / name).exists()
    except (OSError, ValueError):
        return False


def _title(data: dict[str, Any]) -> str:
    labelled = f", {len(data['labels']):,} different labels" if data["labels"] else ""
    return f"list of {data['files']:,} files{labelled}"


def _body(data: dict[str, Any], missing: list[str]) -> list[str]:
    lines = []
    if data["labels"]:
        counts = data["labels"]
        least, most = min(counts.values()), max(counts.values())
        names = list(counts)
        lines.append(f"labels       {names[0]} to {names[-1]}; {least:,} to {most:,} files each")
    looked = "all" if data["looked_for"] == data["files"] else f"the first {data['looked_for']:,}"
    line = f"files        {looked} are there"
    if missing:
        line = f"files        {data['missing']:,} of {looked} are missing"
        line += f", such as {', '.join(missing[:_SHOWN])}"
        line += " (looked in the working directory and beside the list; root_folder is not known)"
    return [*lines, line]
