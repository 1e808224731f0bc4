"""Measure caffe2torch against something real, side by side, in one run.

    python tools/bench.py [GROUP ...] [--json FILE] [--page docs/performance.md] [--threads N]

A group is a file of tools/benchmarks/: train, infer, kernels, pycaffe, load, data, lint, memory,
start, scale, monitor; `all`, the default, runs every one. Prints one ratio a line (of times or
bytes: less is better); exits 1 if one misses its goal. Shared machines are noisy: believe the
ratio, not the milliseconds. Real Caffe takes part where CAFFE_ROOT names its folder.
"""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from pkgutil import iter_modules

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import tools.benchmarks as package  # noqa: E402, I001, RUF100
from tools.benchmarks import page, scale
from tools.benchmarks.pairs import Ratio

PACKAGES = ("torch", "numpy", "protobuf", "lmdb", "opencv-python-headless", "onnxruntime")


def groups() -> list[str]:
    """Names of the modules that measure something."""
    modules = sorted(info.name for info in iter_modules(package.__path__))
    source = {name: Path(package.__path__[0]) / f"{name}.py" for name in modules}
    return [name for name in modules if "\ndef measure(" in source[name].read_text()]


def machine() -> dict[str, str]:
    """What the numbers hang on."""
    import torch

    facts = {"processor": processor(), "threads": str(torch.get_num_threads())}
    facts["python"] = platform.python_version()
    for name in PACKAGES:
        try:
            facts[name] = version(name)
        except ImportError:
            facts[name] = "not installed"
    return facts


def processor() -> str:
    """The processor's own name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


@click.command()
@click.argument("wanted", nargs=-1)
@click.option("--json", "report", default="", help="Write all figures to this file; - is stdout.")
@click.option("--page", "page_file", default="", help="Write them as a page of the docs.")
@click.option("--threads", default=0, help="Threads for torch; 0 leaves its own choice.")
def main(wanted: tuple[str, ...], report: str, page_file: str, threads: int) -> None:
    """Run the benchmarks of the groups WANTED, or all."""
    unknown = set(wanted) - {*groups(), "all"}
    if unknown:
        raise click.UsageError(f"unknown {unknown.pop()!r}; groups: {', '.join(groups())}, all")
    if threads:
        import torch

        torch.set_num_threads(threads)
    chosen = groups() if not wanted or "all" in wanted else wanted
    facts = machine()
    for name, value in facts.items():
        click.echo(f"# {name}: {value}", err=report == "-")
    figures: list[tuple[str, Ratio]] = []
    for group in chosen:
        for ratio in import_module(f"tools.benchmarks.{group}").measure():
            click.echo(ratio.line(), err=report == "-")
            figures.append((group, ratio))
    if report:
        records = [asdict(ratio) | {"group": group} for group, ratio in figures]
        text = json.dumps({"machine": facts, "figures": records}, indent=1) + "\n"
        click.echo(text, nl=False) if report == "-" else Path(report).write_text(text)
    if page_file:
        Path(page_file).write_text(page.text(facts, figures))
        if "scale" in chosen:
            page.draw(scale.curves(), Path(page_file).parent / page.PLOT)
    sys.exit(any(ratio.ratio > ratio.goal for _, ratio in figures))


if __name__ == "__main__":
    main()
