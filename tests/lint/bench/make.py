"""Writes the benchmark: every fault seeded into every config that can have it.

python -m tests.lint.bench.make DIR [NET ...] [--form away|two_files|stages|legacy]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.lint.bench import data, healthy
from tests.lint.bench.config import Config
from tests.lint.bench.faults import ALL, Fault, Unfit
from tests.lint.bench.forms import FORMS


def cases(nets: Iterable[str] = ()) -> Iterator[tuple[Config, Fault | None]]:
    """Each healthy config (fault None), and each fault in it."""
    for make in healthy.ALL:
        config = make()
        if nets and config.name not in nets:
            continue
        yield config, None
        for fault in ALL:
            try:
                yield fault.seed(config), fault
            except Unfit:
                continue


def write(folder: Path, nets: Iterable[str] = (), form: str = "plain") -> int:
    """Write the cases and their data; return their number."""
    made = [make() for make in healthy.ALL]
    kinds = {config.data for config in made if not nets or config.name in nets}
    data.write(folder / "data", sorted(kinds))
    count = 0
    for config, fault in cases(nets):
        name = f"{config.name}-{fault.name if fault else 'healthy'}"
        try:
            write_case(folder / name, FORMS[form](config), fault)
        except (Unfit, AssertionError):
            continue
        count += 1
    return count


def write_case(folder: Path, config: Config, fault: Fault | None) -> None:
    """One case: solver, net, other files, and what is expected."""
    folder.mkdir(parents=True)
    (folder / "solver.prototxt").write_text("\n".join(config.solver) + "\n", encoding="utf-8")
    (folder / "train_val.prototxt").write_text(config.net, encoding="utf-8")
    for name, content in config.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    expect = {
        "solver": "solver.prototxt",
        "argv": list(config.argv),
        "healthy": fault is None,
        "cause": fault.code if fault else None,
        "accept": list(fault.accept) if fault else [],
        "also": list(fault.also) if fault else [],
        "why": fault.why if fault else f"{config.name} as published",
    }
    text = json.dumps(expect, indent=1) + "\n"
    (folder / "expect.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("nets", nargs="*")
    parser.add_argument("--form", choices=FORMS, default="plain")
    args = parser.parse_args()
    print(write(args.folder, args.nets, args.form), "cases")  # noqa: T201
