"""`c2t convert` writes files that work without caffe2torch, and says what it checked."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from caffe2torch.build import export_blobs
from caffe2torch.cli import cli
from caffe2torch.export.convert import Request, prepare
from caffe2torch.export.examples import randomize
from caffe2torch.weights import write_caffemodel
from tests.conftest import GOLDEN
from tests.export import families

NET = """\
name: "small"
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "deep" type: "ReLU" bottom: "x" top: "y" include { stage: "deep" } }
layer { name: "act" type: "ReLU" bottom: "x" top: "y" exclude { stage: "deep" }
        relu_param { negative_slope: 0.5 } }
"""
SIAMESE = GOLDEN / "nets" / "siamese.prototxt"
SIAMESE_WEIGHTS = GOLDEN / "nets" / "siamese_train_l0.caffemodel"


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.prototxt"
    path.write_text(NET)
    return path


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["convert", *map(str, args)])


def test_the_source_is_printed(net: Path) -> None:
    result = run(net)
    assert result.exit_code == 0
    assert "nn.LeakyReLU(0.5)" in result.stdout
    compile(result.stdout, "net.py", "exec")


def test_the_stage_chooses_the_layers(net: Path) -> None:
    assert "LeakyReLU" not in run(net, "--stage", "deep").stdout


def test_a_file_may_be_named(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "mine.py"
    result = run(net, "-o", out, "--phase", "train")
    assert result.stdout == f"{out}: 11 lines; same outputs as the graph\n"
    assert sorted(p.name for p in out.parent.iterdir()) == ["mine.py"]


CLEAN = """
import sys
sys.modules["caffe2torch"] = None
import torch, runpy
from safetensors.torch import load_file
folder, stem, name = sys.argv[1:]
net = runpy.run_path(f"{folder}/{stem}.py")[name]().eval()
net.load_state_dict(load_file(f"{folder}/{stem}.safetensors"))
case = torch.load(f"{folder}/case.pt")
torch.testing.assert_close(net(*case["inputs"]), case["expected"], rtol=1e-5, atol=1e-6)
print(sorted(m for m in sys.modules if m.startswith("caffe")))
"""


def trained(folder: Path, text: str) -> tuple[Path, Path, Request]:
    """A net and a caffemodel with random weights for it."""
    path, model = folder / "net.prototxt", folder / "net.caffemodel"
    path.write_text(text)
    request = Request(path)
    found = prepare(request)
    randomize(found.built)
    write_caffemodel(model, found.graph.filtered, export_blobs(found.built))
    case = {"inputs": found.inputs, "expected": next(iter(found.expected.values()))}
    torch.save(case, folder / "case.pt")
    return path, model, request


@pytest.mark.parametrize(
    ("text", "stem", "name"),
    [
        (families.resnet((2, 1), size=32, width=4), "resnet", "ResNet"),
        (families.vgg((2, 2), width=4, size=8, hidden=8), "vgg", "VGG"),
        (families.googlenet(divide=16, size=64), "googlenet", "GoogleNet"),
    ],
    ids=["resnet", "vgg", "googlenet"],
)
def test_python_and_safetensors_work_in_a_clean_process(
    tmp_path: Path, text: str, stem: str, name: str
) -> None:
    path, model, _ = trained(tmp_path, text)
    result = run(path, "--weights", model, "-o", tmp_path)
    assert result.exit_code == 0, result.output
    done = subprocess.run(
        [sys.executable, "-I", "-c", CLEAN, str(tmp_path), stem, name],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "['caffe2torch']\n", done.stderr


def test_the_file_classifies_an_image(tmp_path: Path) -> None:
    from PIL import Image

    path, model, _ = trained(tmp_path, families.vgg((1,), width=4, size=8, hidden=8))
    assert run(path, "--weights", model, "-o", tmp_path).exit_code == 0
    Image.new("RGB", (30, 20), (255, 0, 128)).save(tmp_path / "image.png")
    command = [sys.executable, "-I", str(tmp_path / "vgg.py"), str(tmp_path / "image.png")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "indices=tensor(" in done.stdout, done.stderr


def test_several_targets_at_once(tmp_path: Path) -> None:
    targets = "python,state-dict,exported,caffemodel,prototxt"
    result = run(
        SIAMESE,
        "--weights",
        SIAMESE_WEIGHTS,
        "-o",
        tmp_path,
        "--to",
        targets,
        "--to",
        "safetensors",
    )
    assert result.exit_code == 0, result.output
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [
        ".caffemodel", ".prototxt", ".pt", ".pt2", ".py", ".safetensors",
    ]  # fmt: skip
    assert "siamese.py: 47 lines; same outputs as the graph" in result.stdout
    assert "siamese.pt2: same outputs as the graph" in result.stdout


def test_onnx_is_checked_with_onnxruntime(tmp_path: Path) -> None:
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if not find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    out = tmp_path / "net.onnx"
    program = ["-m", "caffe2torch", "convert", str(SIAMESE), "--weights", str(SIAMESE_WEIGHTS)]
    done = subprocess.run(
        [sys.executable, *program, "--to", "onnx", "-o", str(out)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    within = done.stdout.removeprefix(f"{out}: outputs within ").partition(" ")[0]
    assert done.stdout.endswith("in onnxruntime\n")
    assert "same outputs" in done.stdout or float(within) <= 1e-5


def test_without_weights_the_fillers_are_used_and_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(families.vgg((1,), width=4, size=8, hidden=8))
    result = run(path, "-o", tmp_path / "a")
    assert "note: no --weights: they are the fillers' first values, seed 0" in result.stderr
    run(path, "-o", tmp_path / "b")
    run(path, "-o", tmp_path / "c", "--seed", 1)
    one, same, other = ((tmp_path / k / "vgg.safetensors").read_bytes() for k in "abc")
    assert one == same != other


def test_a_caffemodel_alone_is_enough(tmp_path: Path) -> None:
    _, model, _ = trained(tmp_path, families.vgg((1,), width=4, size=8, hidden=8))
    result = run(model, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "no --weights" not in result.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["vgg.py", "vgg.safetensors"]


def test_existing_files_are_kept_without_force(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.py"
    out.write_text("mine")
    result = run(net, "-o", tmp_path)
    assert (result.exit_code, out.read_text()) == (2, "mine")
    assert not (tmp_path / "small.safetensors").exists()
    assert run(net, "-o", tmp_path, "--force").exit_code == 0
    assert "nn.Sequential" in out.read_text()


def test_weights_that_do_not_fit_leave_no_file(tmp_path: Path) -> None:
    path, _, _ = trained(tmp_path, families.vgg((1,), width=4, size=8, hidden=8))
    result = run(path, "--weights", SIAMESE_WEIGHTS, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "has weights for no layer of the net" in result.stderr
    assert not (tmp_path / "out").exists()


def test_preprocessing_comes_from_a_net_beside_it(tmp_path: Path) -> None:
    (tmp_path / "deploy.prototxt").write_text(families.vgg((1,), width=4, size=8, hidden=8))
    (tmp_path / "train_val.prototxt").write_text(
        'layer { name: "d" type: "Data" top: "d" transform_param { scale: 0.5 mean_value: 104 '
        "mean_value: 117 mean_value: 123 crop_size: 8 } data_param { source: 'x' batch_size: 1 } }"
    )
    text = run(tmp_path / "deploy.prototxt").stdout
    assert "(bgr[None] - torch.tensor([104.0, 117.0, 123.0]).view(3, 1, 1)) * 0.5" in text


def test_torchvisions_names_are_written(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(families.vgg((2, 2, 3, 3, 3), width=2, size=32, hidden=4))
    result = run(path, "-o", tmp_path, "--names", "torchvision")
    assert result.exit_code == 0, result.output
    names = json.loads((tmp_path / "vgg.torchvision.json").read_text())
    assert names["conv5_3.weight"] == names["stage5.conv5_3.weight"] == "features.28.weight"
    assert names["fc8.bias"] == "classifier.6.bias"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no layers"),
        ('layer { name: "a" type: "Nonsense" top: "x" }', 'unknown layer type "Nonsense"'),
        ('layer { name: "a" type: "ReLU" bottom: "x" top: "x" }', "net.prototxt:1:"),
        ("layer {", "net.prototxt:1:"),
    ],
)
def test_a_net_that_cannot_be_built_is_explained(net: Path, text: str, message: str) -> None:
    net.write_text(text)
    result = run(net)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "fault of caffe2torch" not in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "keras", "-o", "x"], "no target 'keras'; there are: caffemodel, exported, onnx"),
        (["--to", "onnx"], "files need a folder: -o DIR"),
        (["--with-trainer", "-o", "x"], "no solver beside"),
    ],
)
def test_wrong_usage_is_explained(net: Path, options: list[str], message: str) -> None:
    result = run(net, *options)
    assert result.exit_code == 2
    assert message in result.stderr
