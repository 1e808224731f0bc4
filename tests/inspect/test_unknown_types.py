"""A net with layers of unknown types is shown as far as it is known."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.inspect import inspect_file

NET = """name: "u"
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 3, 8, 8] } } }
layer { name: "c" type: "Convolution" bottom: "x" top: "c"
        convolution_param { num_output: 4 kernel_size: 3 frobnicate: 3 } }
layer { name: "w" type: "Wobble" bottom: "c" top: "w" wobble_param { a: 1 } }
layer { name: "r" type: "ReLU" bottom: "w" top: "w" }
"""


def test_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(NET)
    report = inspect_file(path)
    rows = {row["name"]: row for row in report.json["phases"][0]["layers"]}
    assert rows["w"]["type"] == "Wobble" and rows["c"]["parameters"] == 4 * 3 * 9 + 4
    notes = " ".join(report.json["notes"] + report.json["phases"][0]["notes"])
    assert '"frobnicate" is not a field of ConvolutionParameter' in notes
    assert 'unknown layer types: "Wobble" (1 layer)' in notes
