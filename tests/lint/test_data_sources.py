"""Every source of images is one to the signal model and to the rules, whatever its type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.layers.base import Layer, Role
from caffe2torch.lint import engine
from caffe2torch.lint.context import Context

BEHIND = """
layer {
  name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 32 kernel_size: 5 weight_filler { type: "xavier" } }
}
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer {
  name: "one" type: "InnerProduct" bottom: "conv1" top: "one"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } }
}
layer {
  name: "two" type: "InnerProduct" bottom: "conv1" top: "two"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } }
}
layer { name: "loss" type: "EuclideanLoss" bottom: "one" bottom: "two" top: "loss" }
"""
SOLVER = 'net: "net.prototxt"\nbase_lr: 0.001\nlr_policy: "fixed"\nmax_iter: 9\nsolver_mode: CPU\n'
SOURCES = [layer for layer in layers.every() if layer.plays(Role.IMAGES)]
SCALE = 1 / 256


def source(layer: Layer, scale: float, extra: str = "", transform: str = "") -> str:
    """The layer with crops of 32 × 32 of colour images, times `scale`, from files named "list"."""
    field = layer.data_field or layer.param_field
    fields = pb.LayerParameter.DESCRIPTOR.fields_by_name[field].message_type.fields_by_name
    settings = 'source: "list" ' if "source" in fields else ""
    settings += extra + ("batch_size: 4 " if "batch_size" in fields else "")
    if "modality" in fields:
        settings += "modality: RGB "
    blocks = {field: settings, "transform_param": f"crop_size: 32 {transform}"}
    holder, _, name = layer.scale_field.partition(".")
    blocks[holder] += f" {name}: {scale}"
    text = "\n".join(f"  {block} {{ {body} }}" for block, body in blocks.items())
    least = layer.tops if isinstance(layer.tops, int) else layer.tops[0]
    rest = ["label", *(f"more{i}" for i in range(2, least))]
    tops, bottoms = (" ".join(f'{end}: "{name}"' for name in rest) for end in ("top", "bottom"))
    return (
        f'layer {{\n  name: "data" type: "{layer.type}" top: "data" {tops}\n{text}\n}}\n'
        f'layer {{ name: "quiet" type: "Silence" {bottoms} }}\n'
    )


def context(text: str) -> Context:
    Path("net.prototxt").write_text(text + BEHIND)
    Path("solver.prototxt").write_text(SOLVER)
    return Context("solver.prototxt")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_brings_no_images_says_so() -> None:
    """Every other source, by its own description: what a program fills, rows, boxes, numbers."""
    others = {layer.type for layer in layers.every() if layer.source} - {s.type for s in SOURCES}
    assert others == {
        "BinData", "CPMData", "CustomData", "DocData", "DummyData", "HDF5Data", "Input", "MatRead",
        "MemoryData", "PatchData", "RandVec", "RemoteData", "SparseData",
        "SpatialPyramidPoolingData", "VideoWithVoxelTruthData",
    }  # fmt: skip


@pytest.mark.parametrize("layer", SOURCES, ids=lambda layer: layer.type)
def test_the_scale_of_images_that_are_not_here_counts(layer: Layer) -> None:
    """Xavier over 75 inputs of second moment 115² + 70² and variance 1/75 each keeps it."""
    known = context(source(layer, SCALE, transform='mean_file: "m.binaryproto"'))
    conv1 = known.signal.layers[0]
    assert not known.signal.unsure
    # the mean file is taken for the right one, so that 70 / 256 is left
    assert conv1.std == pytest.approx(70 / 256, rel=0.02)
    raw = context(source(layer, 1, transform='mean_file: "m.binaryproto"'))
    assert raw.signal.layers[0].std == pytest.approx(256 * conv1.std, rel=1e-3)


@pytest.mark.parametrize("layer", SOURCES, ids=lambda layer: layer.type)
def test_lint_says_the_same_of_each(layer: Layer) -> None:
    """Of data and signal: files are missing (C2T111), and the signal is not huge (C2T202)."""
    context(source(layer, SCALE, transform='mean_file: "m.binaryproto"'))
    codes = [f.code for f in engine.lint_file("solver.prototxt")]
    assert [code for code in codes if code.startswith(("C2T1", "C2T2"))] == ["C2T111"]


@pytest.mark.parametrize("layer", SOURCES, ids=lambda layer: layer.type)
def test_a_scale_that_is_off_is_found_in_each(layer: Layer) -> None:
    """256 in place of 1/256: suspect (C2T109), at the field where this type has its scale."""
    context(source(layer, 256, transform='mean_file: "m.binaryproto"'))
    (finding,) = [f for f in engine.lint_file("solver.prototxt") if f.code == "C2T109"]
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    text = Path("net.prototxt").read_text()
    start = text.rindex("{", 0, edit.start)
    assert layer.scale_field.partition(".")[0] in text[:start].rsplit("\n", 1)[-1]


@pytest.fixture
def photos() -> np.ndarray:
    """Twelve PNG files of 40 × 36 pixels, and lists of them for each type. Gives (12, 3, H, W)."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, (12, 36, 40, 3)).astype(np.uint8)
    images[:, :18] //= 4
    labels, pairs, videos, windows = [], [], [], []
    for i, image in enumerate(images):
        Path(f"v{i}").mkdir()
        for name in (f"{i}.png", f"v{i}/image_0001.jpg"):
            Image.fromarray(image).save(name, "PNG")
        Image.fromarray(image[..., 0] // 100).save(f"l{i}.png")
        labels.append(f"{i}.png {i % 3}")
        pairs.append(f"{i}.png l{i}.png")
        videos.append(f"v{i} 1 {i % 3}")
        boxes = f"1 1.0 2 2 39 35\n{i % 3} 0.1 2 2 39 35"
        windows.append(f"# {i}\n{i}.png\n3\n36\n40\n2\n{boxes}")
    for name, lines in (
        ("ImageData", labels), ("DenseImageData", pairs), ("ImageSegData", pairs),
        ("VideoData", videos), ("WindowData", windows),
    ):  # fmt: skip
        Path(name).write_text("\n".join(lines) + "\n")
    return images.transpose(0, 3, 1, 2).astype(np.float64)


@pytest.mark.parametrize(
    ("type_", "extra"),
    [
        ("ImageData", ""),
        ("DenseImageData", ""),
        ("ImageSegData", "label_type: PIXEL "),
        ("VideoData", ""),
        ("WindowData", ""),
    ],
)
def test_images_that_are_here_are_measured(type_: str, extra: str, photos: np.ndarray) -> None:
    Path("list").write_text(Path(type_).read_text())
    known = context(source(layers.find(type_), SCALE, extra, "mean_value: 60"))
    (data,) = known.train.sources
    assert data.stats is not None
    assert data.stats.count == 12
    assert data.stats.channels == data.channels == 3
    np.testing.assert_allclose(data.stats.mean[::-1], photos.mean((0, 2, 3)), atol=1e-9)
    entering = known.signal.blobs["data"]
    middle = (photos[:, :, 2:34, 4:36] - 60) * SCALE
    assert entering.std == pytest.approx(middle.std(), rel=1e-3)
    assert entering.raw.mean == pytest.approx(middle.mean(), rel=1e-3)
    assert known.signal.notes == []


@pytest.mark.parametrize("type_", ["DenseImageData", "ImageSegData", "VideoData", "WindowData"])
def test_a_list_that_is_broken_is_an_error(type_: str) -> None:
    """The file is there, and what it names is not: C2T111 says so, as for ImageData."""
    Path("list").write_text("# 0\nx.png\n3\n9\n9\n2\n1 1.0 0 0 8 8\n1 0.1 0 0 8 8\n")
    if type_ != "WindowData":
        Path("list").write_text("x.png 2 0\n" if type_ == "VideoData" else "x.png y.png\n")
    context(source(layers.find(type_), SCALE))
    found = [f for f in engine.lint_file("solver.prototxt") if f.code == "C2T111"]
    assert [f.severity for f in found] == ["error"]
    assert "x.png" in found[0].text
