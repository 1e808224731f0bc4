"""The table of docs/opencv5.md: the Caffe nets of OpenCV's samples and tests, in today's engines.

    python tools/opencv_table.py [--opencv4 DIR] [--zoo DIR] [--only TEXT] [--page]

Weights are random with seed 0 and keep the size of signals. DIR holds an OpenCV 4, as `pip install
--target` puts it, whose Caffe reader then runs the same files; --zoo a folder with the deploy nets
of other projects, those in PUBLISHED. Differences are shares of an output's largest value, from
the Caffe graph in PyTorch; milliseconds are the fastest of three runs. --page writes into the page.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PAGE = Path(__file__).resolve().parent.parent / "docs" / "opencv5.md"
BEGIN, END = "<!-- table: tools/opencv_table.py -->\n", "<!-- end of the table -->\n"
PUBLISHED = {
    "GoogLeNet": "BVLC__caffe/models/bvlc_googlenet/deploy.prototxt",
    "AlexNet": "BVLC__caffe/models/bvlc_alexnet/deploy.prototxt",
    "ResNet-50": "KaimingHe__deep-residual-networks/prototxt/ResNet-50-deploy.prototxt",
    "SqueezeNet v1.1": "forresti__SqueezeNet/SqueezeNet_v1.1/deploy.prototxt",
    "FCN-8s": "shelhamer__fcn.berkeleyvision.org/voc-fcn8s/deploy.prototxt",
}
OPENCV_4 = """
import sys, time
sys.path.insert(0, sys.argv[1])
import cv2
import numpy as np
folder = sys.argv[2]
given = np.load(f"{folder}/inputs.npz")
net = cv2.dnn.readNetFromCaffe(f"{folder}/net.prototxt", f"{folder}/net.caffemodel")
best = 1e9
for _ in range(3):
    for name in given.files:
        net.setInput(given[name], name)
    start = time.perf_counter()
    names = net.getUnconnectedOutLayersNames()
    outputs = net.forward(names)
    best = min(best, time.perf_counter() - start)
np.savez(f"{folder}/opencv4.npz", **dict(zip(names, outputs)))
print(cv2.__version__, 1000 * best)
"""


def nets(zoo: Path | None, only: str) -> Iterator[tuple[str, str]]:
    """Name and prototxt of each net."""
    from tools.opencv_nets import NETS

    for name, make in NETS.items():
        if only.lower() in name.lower():
            yield name, str(make())
    for name, path in PUBLISHED.items() if zoo is not None else ():
        if only.lower() in name.lower() and zoo is not None:
            yield name, (zoo / path).read_text()


def row(name: str, text: str, opencv4: Path | None) -> list[str]:
    """The cells of one net."""
    from caffe2torch.convert.compare import randomize
    from caffe2torch.convert.convert import Request, prepare
    from caffe2torch.module.blobs import export_blobs
    from caffe2torch.weights import write_caffemodel

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "net.prototxt").write_text(text)
        subject = prepare(Request(folder / "net.prototxt", flat=True))
        randomize(subject.built)
        calm(subject)
        weights = folder / "net.caffemodel"
        write_caffemodel(weights, subject.graph.filtered, export_blobs(subject.built))
        tops = [top for node in subject.graph.sources for top in node.tops]
        inputs = dict(zip(tops, subject.inputs, strict=True))
        np.savez(folder / "inputs.npz", **{k: v.numpy() for k, v in inputs.items()})
        expected = {blob: value.numpy() for blob, value in subject.expected.items()}
        before = in_opencv4(opencv4, folder, expected) if opencv4 else "not run"
        here = through_cv2(folder, inputs, expected)
        return [name, before, here, *in_engines(subject)]


def calm(subject: Any) -> None:
    """Divide the last weights so that what they give has a spread of 1.

    Saturated scores are equal, and of equal ones each engine takes the detection that it likes.
    """
    import torch

    from caffe2torch.convert.head import with_classes
    from caffe2torch.module.blobs import blob_tensors
    from caffe2torch.module.build import run

    graph = subject.graph
    names = with_classes(graph.net, graph.recipe.state, 2)[1]
    nodes = [node for node in graph.nodes if node.name in names]
    tops = [top for node in graph.sources for top in node.tops]
    given = dict(zip(tops, subject.inputs, strict=True))
    with torch.no_grad():
        values = run(subject.built, given, [node.tops[0] for node in nodes])
        for node in nodes:
            for tensor in blob_tensors(subject.built, node):
                tensor /= max(1.0, float(values[node.tops[0]].std()))
    vars(subject).pop("expected", None)


def in_opencv4(place: Path, folder: Path, expected: dict[str, Any]) -> str:
    """What OpenCV 4's own Caffe reader makes of the files."""
    command = [sys.executable, "-c", OPENCV_4, str(place), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        return f"no: {(lines or ['it crashes'])[-1].rpartition('error: ')[2][:70]}"
    results = np.load(folder / "opencv4.npz")
    return cell([results[name] for name in results.files], expected, float(done.stdout.split()[1]))


def through_cv2(folder: Path, inputs: dict[str, Any], expected: dict[str, Any]) -> str:
    """What caffe2torch.cv2 answers in the OpenCV that is installed, in a process of its own."""
    program = "import sys, caffe2torch.cv2 as c\n" + OPENCV_4.replace(
        "sys.path.insert(0, sys.argv[1])", ""
    ).replace("net = cv2.dnn.readNetFromCaffe", "net = c.readNetFromCaffe")
    command = [sys.executable, "-c", program, "", str(folder)]
    root = str(Path(__file__).resolve().parent.parent)
    environment = {"PYTHONPATH": root, "XDG_CACHE_HOME": str(folder), "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return f"no: {(lines or [f'it ends with {done.returncode}'])[-1][:70]}"
    results = np.load(folder / "opencv4.npz")
    return cell([results[name] for name in results.files], expected, float(done.stdout.split()[1]))


def cell(results: list[Any], expected: dict[str, Any], milliseconds: float) -> str:
    """The largest difference and the time; outputs are matched by their sizes and values."""
    from caffe2torch.convert.onnx.distance import distance

    gaps, shares = [], []
    for value in expected.values():
        wanted = in_order(value)
        gaps.append(min((distance(in_order(one), wanted) for one in results), default=np.inf))
        shares.append(max((rows_alike(in_order(one), wanted), len(wanted)) for one in results))
    alike, rows = min(shares)
    gap = f"{max(gaps):.0e}" if max(gaps) < 1e-3 else f"{alike} of {rows} rows"
    return f"{gap}, {milliseconds:.0f} ms"


def rows_alike(result: Any, expected: Any) -> int:
    """How many rows are among the results, in whatever order."""
    if result.size % max(1, len(result)) or result[:1].size != expected[:1].size:
        return 0
    rows, wanted = result.reshape(len(result), -1), expected.reshape(len(expected), -1)
    near = 1e-3 * float(np.abs(wanted).max(initial=0.0))
    return sum(bool((np.abs(rows - row).max(1, initial=0.0) <= near).any()) for row in wanted)


def in_order(value: Any) -> Any:
    """Detections by class and score, without the rows of none; other values as they are.

    Those of none are -1 in Caffe and ONNX, and 0 in OpenCV.
    """
    if value.ndim != 4 or value.shape[-1] != 7:
        return value
    rows = value.reshape(-1, 7)
    rows = rows[rows[:, 1] > 0]
    return rows[np.lexsort((rows[:, 3], -rows[:, 2], rows[:, 1]))]


def in_engines(subject: Any) -> list[str]:
    """ONNX Runtime and OpenVINO."""
    from caffe2torch.convert.onnx.model import onnx_model
    from caffe2torch.convert.runtimes import installed, registry
    from caffe2torch.engines.check import check
    from caffe2torch.errors import C2TError

    try:
        model = onnx_model(subject.graph, subject.built, subject.onnx)
    except C2TError as error:
        return [f"no: {error.message[:70]}"] * 2
    cells = []
    for name in ("onnxruntime", "openvino"):
        engine = registry.find(name)
        if not installed(engine):
            cells.append("not installed")
            continue
        result = check(model, subject, engine)
        if result.difference is None:
            cells.append(f"no: {result.layer or result.problem}"[:70])
        else:
            cells.append(f"{result.difference:.0e}, {result.milliseconds:.0f} ms")
    return cells


@click.command()
@click.option("--opencv4", type=click.Path(path_type=Path, exists=True))
@click.option("--zoo", type=click.Path(path_type=Path, exists=True))
@click.option("--only", default="")
@click.option("--page", is_flag=True)
def main(opencv4: Path | None, zoo: Path | None, only: str, page: bool) -> None:
    """Print the table, a row a net as it is done."""
    import cv2

    here = f"here, OpenCV {cv2.__version__}"
    lines = [
        f"| Net | OpenCV 4's Caffe reader | {here} | ONNX Runtime | OpenVINO |",
        "|---|---|---|---|---|",
    ]
    for name, text in nets(zoo, only):
        try:
            cells = row(name, text, opencv4)
        except Exception as error:  # a net that fails is a row, not the end
            cells = [name, *[f"no: {str(error).splitlines()[0][:70]}"] * 4]
        lines.append("| " + " | ".join(one.replace("|", "/") for one in cells) + " |")
        click.echo(lines[-1])
    if page:
        head, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(
            head + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END + rest.partition(END)[2]
        )


if __name__ == "__main__":
    main()
