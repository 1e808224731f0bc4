"""The third file of a snapshot: what Caffe forgets, and the checksums of the two others."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report

NEEDED = {"iter", "options", "ranks", "files"}
BLOCK = 1 << 22


def fits(head: Head) -> bool:
    """A zip archive with a pickle, called as snapshots call it."""
    return head.zipped("data.pkl") and head.path.endswith(".c2tstate")


def report(head: Head, options: Options) -> Report:
    """Iteration, options, places in the data; 1 is the code if a file beside it has changed.

    Raises: WeightsError if the file is damaged, or no such file.
    """
    from caffe2torch.inspect import archive

    with archive.opened(head.path) as file:
        state = file.pickled()
        if not isinstance(state, dict) or not set(state) >= NEEDED:
            raise ValueError("it lacks what a snapshot remembers")
        files = {str(name): _verdict(head, name, *known) for name, known in state["files"].items()}
        first = state["ranks"][0]
    options_said = {key: value for key, value in state["options"].items() if value}
    places = first["train"]["feed"]["layers"]
    data = {
        "iter": state["iter"], "options": options_said, "processes": len(state["ranks"]),
        "smoothed_loss": first["smoothed"], "batches": {n: p["batch"] for n, p in places.items()},
        "files": files,
    }  # fmt: skip
    lines = [
        f"{head.path}: what a snapshot remembers beyond Caffe's files: iteration {state['iter']:,}",
        f"options      {', '.join(f'{k} {v}' for k, v in options_said.items())}",
        f"processes    {len(state['ranks'])}",
        f"loss         {first['smoothed']:.6g}, smoothed",
        *(
            f"data         layer {name!r}: {n:,} batches read"
            for name, n in data["batches"].items()
        ),
        *(f"file         {name}: {verdict}" for name, verdict in files.items()),
    ]
    changed = any(verdict.startswith(("missing", "changed")) for verdict in files.values())
    return Report("c2tstate", head.path, data, lines, code=int(changed))


def _verdict(head: Head, name: Any, size: int, crc: int) -> str:
    """Whether a file beside the state is the one that was written with it."""
    path = Path(head.path).parent / Path(str(name)).name
    if not path.is_file():
        return "missing"
    if path.stat().st_size != size or _checksum(path) != crc:
        return "changed since"
    return f"whole, {size:,} bytes"


def _checksum(path: Path) -> int:
    crc = 0
    with inputs.opened(path) as file:
        while block := file.read(BLOCK):
            crc = zlib.crc32(block, crc)
    return crc
