"""Growth: what takes n seconds for a net takes no more than about 2 n for one twice as large.

Each figure is the time for the large net over that for the half of it, twice: 1 is linear.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.errors import C2TError
from caffe2torch.format.schema import parse_message
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from tools.benchmarks.pairs import Ratio, in_turn, seconds

INPUT = 'layer { name: "in" type: "Input" top: "x0" input_param { shape { dim: 2 dim: 4 } } }\n'
GOAL = 1.3
"""Memory that no cache holds costs a little more than it did when it fitted."""


def chain(n: int) -> str:
    layer = 'layer {{ name: "l{0}" type: "TanH" bottom: "x{0}" top: "x{1}" }}'
    return INPUT + "\n".join(layer.format(i, i + 1) for i in range(n))


def fan_out(n: int) -> str:
    layer = 'layer {{ name: "l{0}" type: "TanH" bottom: "x0" top: "y{0}" }}'
    return INPUT + "\n".join(layer.format(i) for i in range(n))


def shared(n: int) -> str:
    layer = (
        'layer {{ name: "l{0}" type: "InnerProduct" bottom: "x{0}" top: "x{1}" '
        'param {{ name: "w" }} param {{ name: "b" }} inner_product_param {{ num_output: 4 }} }}'
    )
    return INPUT + "\n".join(layer.format(i, i + 1) for i in range(n))


def tops(n: int) -> str:
    names = " ".join(f'top: "y{i}"' for i in range(n))
    shape = "shape { dim: 1 }"
    return f'layer {{ name: "in" type: "Input" {names} input_param {{ {shape} }} }}'


def unknown(n: int) -> str:
    return INPUT + "".join(f"nothing{i}: {i}\n" for i in range(n))


NETS = (
    ("layers in a chain", chain, 15_000),
    ("readers of one blob", fan_out, 16_000),
    ("layers with one parameter", shared, 8_000),
    ("tops", tops, 60_000),
)


def measure() -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory(prefix="c2t-bench-") as temporary:
        folder = Path(temporary)
        for title, text, n in NETS:
            for verb, action in (("read", read_net), ("wired", wire)):
                files = _files(folder, text, n)
                yield growth(f"{n} {title}, {verb}", files, action)
            yield growth(f"{n} {title}, linted", _files(folder, text, n), lint)
        files = _files(folder, unknown, 20_000)
        yield growth("20000 unknown fields, refused", files, refuse)


def curves(parts: tuple[int, ...] = (150, 32, 8, 4, 2, 1)) -> dict[str, list[tuple[int, float]]]:
    """Size and seconds of processor time to read and wire each kind of net, at n / part."""
    result = {}
    with tempfile.TemporaryDirectory(prefix="c2t-bench-") as temporary:
        path = Path(temporary) / "net.prototxt"
        for title, text, n in NETS:
            points = []
            for part in parts:
                path.write_text(text(n // part))
                wire(str(path))
                points.append((n // part, seconds(lambda: wire(str(path)), time.process_time)))
            result[title] = points
    return result


def growth(title: str, files: tuple[str, str], action: Callable[[str], object]) -> Ratio:
    half, whole = files
    sides = {"half": lambda: action(half), "whole": lambda: action(whole)}
    times = in_turn(sides, 3, time.process_time)
    twice = [2 * seconds for seconds in times["half"]]
    return Ratio.of(title, times["whole"], twice, GOAL, "twice the time of half")


def _files(folder: Path, text: Callable[[int], str], n: int) -> tuple[str, str]:
    paths = folder / "half.prototxt", folder / "whole.prototxt"
    for path, count in zip(paths, (n // 2, n), strict=True):
        path.write_text(text(count))
    return str(paths[0]), str(paths[1])


def wire(path: str) -> None:
    build_graph(read_net(path), phase="TEST")


def refuse(path: str) -> None:
    try:
        parse_message(Path(path).read_text(), "NetParameter", path)
    except C2TError:
        return
    raise AssertionError("unknown fields were read")


def lint(path: str) -> None:
    """Lint in this process."""
    CliRunner().invoke(cli, ["lint", path], catch_exceptions=False)
