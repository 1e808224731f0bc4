"""The rules about data, on each type of source: one table of rules and sources."""

from __future__ import annotations

from pathlib import Path

import h5py
import lmdb
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.lint import engine

COUNT, SIDE, BATCH, CLASSES = 240, 12, 12, 10
MEAN = (60, 110, 180)  # blue, green, red
SCALE = "scale: 0.0039 "
GOOD = " ".join(f"mean_value: {value}" for value in MEAN) + f" {SCALE}"
BACKWARD = " ".join(f"mean_value: {value}" for value in MEAN[::-1]) + f" {SCALE}"
GREY = f"mean_value: 110 {SCALE}"
SOLVER = (
    'net: "net.prototxt" test_iter: 20 test_interval: 100 base_lr: 0.01 lr_policy: "fixed" '
    'max_iter: 2000 display: 20 snapshot: 1000 snapshot_prefix: "x" solver_mode: CPU'
)
BEHIND = """
layer {{ name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param {{
  num_output: 16 pad: 2 kernel_size: 5 weight_filler {{ type: "msra" }} }} }}
layer {{ name: "relu" type: "ReLU" bottom: "conv" top: "conv" }}
layer {{ name: "score" type: "{type}" bottom: "conv" top: "score" {param} {{ num_output: 10
  {size} weight_filler {{ type: "xavier" }} }} }}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }}
"""
ONE = BEHIND.format(type="InnerProduct", param="inner_product_param", size="")
MAP = BEHIND.format(type="Convolution", param="convolution_param", size="kernel_size: 1")
SOURCES = {
    "Data": ("data_param", 'source: "{0}_lmdb" backend: LMDB'),
    "ImageData": ("image_data_param", 'source: "{0}.txt"'),
    "HDF5Data": ("hdf5_data_param", 'source: "{0}_h5.txt"'),
    "WindowData": ("window_data_param", 'source: "{0}_windows.txt"'),
    "ImageSegData": ("image_data_param", 'source: "{0}_maps.txt" label_type: PIXEL'),
    "DenseImageData": ("dense_image_data_param", 'source: "{0}_maps.txt"'),
}
EVERY = tuple(SOURCES)


def pictures(channels: int) -> NDArray[np.uint8]:
    """Grey noise and a little colour around MEAN, (COUNT, SIDE, SIDE, channels)."""
    rng = np.random.default_rng(0)
    grey = rng.normal(0, 25, (COUNT, SIDE, SIDE, 1)) + np.array(MEAN)[:channels]
    return np.clip(grey + rng.normal(0, 12, grey.shape), 0, 255).astype(np.uint8)


def write(name: str, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    """The same records as a database, a list, HDF5, windows, and pairs with label images."""
    Path(name).mkdir()
    lists: dict[str, list[str]] = {"": [], "_maps": [], "_windows": []}
    with lmdb.open(f"{name}_lmdb", map_size=1 << 26) as env, env.begin(write=True) as transaction:
        for i, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
            file, map_ = f"{name}/{i}.png", f"{name}/{i}_map.png"
            Image.fromarray(image[..., ::-1] if image.shape[-1] == 3 else image[..., 0]).save(file)
            Image.fromarray(np.full((SIDE, SIDE), label, np.uint8)).save(map_)
            lists[""].append(f"{file} {label}")
            lists["_maps"].append(f"{file} {map_}")
            boxes = f"{label or 9} 0.9 1 1 9 9\n0 0.1 0 0 9 9"
            lists["_windows"].append(f"# {i}\n{file}\n3\n{SIDE}\n{SIDE}\n2\n{boxes}")
            c, h, w = (pixels := image.transpose(2, 0, 1)).shape
            datum = pb.Datum(channels=c, height=h, width=w, label=label, data=pixels.tobytes())
            transaction.put(b"%08d" % i, datum.SerializeToString())
    for suffix, lines in lists.items():
        Path(f"{name}{suffix}.txt").write_text("\n".join(lines) + "\n")
    with h5py.File(f"{name}.h5", "w") as file:
        file["data"] = images.transpose(0, 3, 1, 2).astype(np.float32)
        file["label"] = labels.astype(np.float32)
    Path(f"{name}_h5.txt").write_text(f"{name}.h5\n")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    mixed = np.random.default_rng(1).permutation(np.arange(COUNT) % CLASSES)
    rare = np.where(np.arange(COUNT) % 40 == 0, np.arange(COUNT) // 40 + 1, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("solver.prototxt").write_text(SOLVER)
        write("good", pictures(3), mixed)
        write("sorted", pictures(3), np.sort(mixed))
        write("from_1", pictures(3), mixed + 1)
        write("rare", pictures(3), rare)
        write("grey", pictures(1), mixed)
    return folder


def layer(kind: str, phase: str, name: str, transform: str, extra: str) -> str:
    field, source = SOURCES[kind]
    settings = f"{source.format(name)} batch_size: {BATCH} "
    if kind in ("ImageData", "ImageSegData", "DenseImageData"):
        settings += extra
    if kind == "WindowData":  # it has its scale elsewhere
        settings += "scale: 0.0039"
        transform = transform.replace(SCALE, "") + " crop_size: 10"
    block = "" if kind == "HDF5Data" else f"transform_param {{ {transform} }}"
    return (
        f'layer {{ name: "{phase}" type: "{kind}" top: "data" top: "label" '
        f"include {{ phase: {phase} }} {block} {field} {{ {settings} }} }}\n"
    )


def codes(
    kind: str,
    train: str = "good",
    test: str = "good",
    transforms: tuple[str, str] = (GOOD, GOOD),
    extras: tuple[str, str] = ("", ""),
) -> dict[str, str]:
    """Code -> severity of what lint says of TRAIN and TEST data of one type."""
    phases = zip(("TRAIN", "TEST"), (train, test), transforms, extras, strict=True)
    net = "".join(layer(kind, *rest) for rest in phases)
    net += MAP if kind in ("ImageSegData", "DenseImageData") else ONE
    Path("net.prototxt").write_text(net)
    return {f.code: f.severity for f in engine.lint_file("solver.prototxt")}


RULES = {
    # rule: (severity, the types it looks at, what is wrong)
    "C2T113": ("warning", ("Data", "ImageData", "HDF5Data"), {"train": "sorted"}),
    "C2T112": ("error", EVERY, {"train": "from_1"}),
    "C2T114": ("warning", ("Data", "ImageData", "HDF5Data"), {"train": "rare"}),
    "C2T102": (
        "warning",
        tuple(k for k in EVERY if k != "HDF5Data"),
        {"transforms": (BACKWARD,) * 2},
    ),
    "C2T104": ("info", EVERY, {"transforms": (SCALE,) * 2}),
}
"""Windows are drawn at random, and much of a label image is background; HDF5Data has no mean."""
ALWAYS = {("C2T104", "HDF5Data"), ("C2T114", "WindowData")}
"""The net cannot centre what an HDF5 file holds, and three of four windows are background."""


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("code", RULES)
def test_each_rule_on_each_source(
    code: str, kind: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    severity, kinds, fault = RULES[code]
    found = codes(kind, **fault)  # type: ignore[arg-type]
    if (code, kind) not in ALWAYS:
        assert found.get(code) == (severity if kind in kinds else None)
    assert code == "C2T113" or "C2T113" not in found
    assert codes(kind).get(code) == ("info" if (code, kind) in ALWAYS else None)


@pytest.mark.parametrize("kind", [k for k in EVERY if k != "WindowData"])
@pytest.mark.parametrize("phases", [("good", "grey"), ("grey", "good")])
def test_channels_of_two_phases(
    kind: str, phases: tuple[str, str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C2T118; windows are always cut out of colour."""
    monkeypatch.chdir(data)
    transforms = tuple(GREY if name == "grey" else GOOD for name in phases)
    extras = tuple("is_color: false" if name == "grey" else "" for name in phases)
    found = codes(kind, *phases, transforms, extras)  # type: ignore[arg-type]
    assert found.get("C2T118") == "error"
    assert "C2T106" not in found


@pytest.mark.parametrize("kind", ["ImageData", "ImageSegData", "DenseImageData"])
def test_colour_that_is_thrown_away(kind: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C2T119; a database of raw pixels cannot be made grey (C2T120)."""
    monkeypatch.chdir(data)
    found = codes(kind, transforms=(GREY, GREY), extras=("is_color: false",) * 2)
    assert found.get("C2T119") == "warning"


@pytest.mark.parametrize("kind", ["Data", "ImageData", "ImageSegData", "DenseImageData"])
def test_crops_of_a_small_part(kind: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C2T119, or the map that is left is too small for the kernel (C2T414)."""
    monkeypatch.chdir(data)
    found = codes(kind, transforms=(f"crop_size: 2 {GOOD}",) * 2)
    assert "warning" in (found.get("C2T119"), found.get("C2T414")) or found["C2T414"] == "error"
