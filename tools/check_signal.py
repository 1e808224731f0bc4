"""How often the signal model is within a factor 2 of a real forward and backward.

    python tools/check_signal.py solvers                     # folders with a solver.prototxt
    python tools/check_signal.py --zoo ../shared/zoo         # classification nets of a corpus

For every net: the std of each layer with weights and its relative gradient, predicted and measured
at initialisation on synthetic images (or the net's own data where it is there), the measured ones
as root mean squares over seeds. Nets without a random filler (for fine-tuning) are left out.
Prints a line a net and the layers that miss; exits 1 below 95 % of the layers.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite, sqrt
from pathlib import Path

from caffe2torch.lint.context import Context, Unavailable
from caffe2torch.lint.signal import Signal, predict
from caffe2torch.lint.signal.measure import Measurement, measure
from caffe2torch.lint.signal.study import set_batch

BAR = 0.95
LOSSES = {"SoftmaxWithLoss", "SOFTMAX_LOSS", "softmax_loss", "HingeLoss", "InfogainLoss"}


@dataclass
class Result:
    """One net: layers, those that miss, and all ratios predicted ÷ measured."""

    name: str
    layers: int = 0
    missed: list[str] = field(default_factory=list)
    reason: str = ""
    seconds: float = 0.0


def nets(args: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Name and file of each net to try, equal files once."""
    for folder in args.folders:
        for path in sorted(Path(folder).rglob("solver.prototxt")):
            yield str(path.parent), path
    if not args.zoo:
        return
    seen = set()
    with (args.zoo / "index.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            types = set(row["layer_types"].split(";"))
            if row["kind"] != "net_train_val" or not types & LOSSES or row["sha1"] in seen:
                continue
            if args.fewest <= int(row["n_layers"]) <= args.most and args.only in row["path"]:
                seen.add(row["sha1"])
                yield row["path"], args.zoo / row["path"]


def check(name: str, path: Path, args: argparse.Namespace) -> Result:
    """Predict and measure one net."""
    result = Result(name)
    start = time.perf_counter()
    try:
        context = Context(str(path))
        set_batch(context, args.batch) if args.batch else None
        signal = predict(context.train.graph, None, sources=context.train.sources)
        if not signal.layers or not signal.known or not isfinite(signal.main.std):
            result.reason = "a layer that the model does not know, or overflow"
        elif not any(layer.grad_norm for layer in signal.layers):
            result.reason = "no gradient: weights all zero"
        else:
            runs = [measure(context.train.graph, signal, seed=s) for s in range(args.seeds)]
            compare(result, signal, runs)
    except Unavailable:
        result.reason = "cannot be built"
    except Exception as error:
        result.reason = f"{type(error).__name__}: {str(error).splitlines()[0][:100]}"
    result.seconds = time.perf_counter() - start
    return result


def compare(result: Result, signal: Signal, runs: list[Measurement]) -> None:
    """Count the layers whose std or relative gradient is off by more than a factor 2."""
    for layer in signal.layers:
        stds = [run.layers[layer.name].std for run in runs]
        relatives = [run.layers[layer.name].relative or 0.0 for run in runs]
        pairs = [(layer.std, _rms(stds))]
        if layer.relative and _rms(relatives):
            pairs.append((layer.relative, _rms(relatives)))
        if not all(isfinite(real) and real > 0 for _, real in pairs):
            continue
        result.layers += 1
        ratios = [predicted / real for predicted, real in pairs]
        if not all(0.5 <= ratio <= 2 for ratio in ratios):
            listed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            result.missed.append(f"{layer.name} ({listed})")


def _rms(values: list[float]) -> float:
    return sqrt(sum(value * value for value in values) / len(values))


def main() -> int:
    """Run; return 0 above the bar."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--zoo", type=Path)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most", type=int, default=400, help="layers of the largest net tried")
    parser.add_argument("--fewest", type=int, default=0, help="layers of the smallest")
    parser.add_argument("--only", default="", help="part of the paths to try")
    args = parser.parse_args()
    total = missed = 0
    for name, path in nets(args):
        result = check(name, path, args)
        total, missed = total + result.layers, missed + len(result.missed)
        shown = result.reason or f"{result.layers - len(result.missed)}/{result.layers}"
        print(f"{name}: {shown} ({result.seconds:.1f} s)", flush=True)
        for layer in result.missed:
            print(f"    {layer}")
    share = (total - missed) / total if total else 0.0
    print(f"within a factor 2: {total - missed} of {total} layers, {share:.1%} (bar {BAR:.0%})")
    return 0 if share >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
