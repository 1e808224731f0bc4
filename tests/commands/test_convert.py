"""`c2t convert` writes files that work without caffe2torch, and says what it checked."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.convert.compare import randomize
from caffe2torch.convert.convert import Request, prepare
from caffe2torch.convert.runtimes.onnxruntime import session_of
from caffe2torch.module.blobs import export_blobs
from caffe2torch.weights import write_caffemodel
from tests.conftest import GOLDEN, ROOT
from tests.convert import families

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
    assert sorted(p.name for p in out.parent.glob("[!.]*")) == ["mine.py"]


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
@pytest.mark.long
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
    (tmp_path / "labels.txt").write_text("\n".join(f"kind {k}" for k in range(1000)))
    command = [sys.executable, "-I", str(tmp_path / "vgg.py"), str(tmp_path / "image.png")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert re.fullmatch(r"(\d+: 0\.\d{4}\n){5}", done.stdout), done.stderr
    command += ["--labels", str(tmp_path / "labels.txt")]
    named = subprocess.run(command, capture_output=True, text=True).stdout
    assert named == "".join(f"kind {line}\n" for line in done.stdout.splitlines())


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
    assert sorted(path.suffix for path in tmp_path.glob("[!.]*")) == [
        ".caffemodel", ".prototxt", ".pt", ".pt2", ".py", ".safetensors",
    ]  # fmt: skip
    assert "siamese.py: 41 lines; same outputs as the graph" in result.stdout
    assert "siamese.pt2: same outputs as the graph; a batch of 2 alone" in result.stdout


UNUSUAL = """\
name: "unusual"
layer { name: "in" type: "Input" top: "x" top: "y" top: "z"
        input_param { shape { dim: 2 dim: 3 } } }
layer { name: "act" type: "ReLU" bottom: "x" top: "x" }
layer { name: "fc" type: "InnerProduct" bottom: "y" top: "fc"
        inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
"""


def test_onnx_is_checked_with_onnxruntime(tmp_path: Path) -> None:
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if not find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    net, out = tmp_path / "net.prototxt", tmp_path / "net.onnx"
    net.write_text(UNUSUAL)
    program = [sys.executable, "-m", "caffe2torch", "convert", str(net), "-o", str(out)]
    done = subprocess.run(program, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    within = done.stdout.removeprefix(f"{out}: outputs within ").partition(" ")[0]
    assert done.stdout.endswith("in onnxruntime\n")
    assert "same outputs" in done.stdout or float(within) <= 1e-5
    session = session_of(str(out))
    assert [one.name for one in session.get_inputs()] == ["x", "y", "z"]
    assert [one.name for one in session.get_outputs()] == ["fc", "x_out", "z_out"]


def test_a_net_without_outputs_is_no_onnx(net: Path, tmp_path: Path) -> None:
    net.write_text(NET + 'layer { name: "s" type: "Silence" bottom: "y" }')
    result = run(net, "-o", tmp_path / "out", "--to", "onnx")
    assert result.exit_code == 2
    assert "nothing leaves this net" in result.stderr or "needs the package" in result.stderr


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
    assert sorted(p.name for p in (tmp_path / "out").glob("[!.]*")) == ["vgg.py", "vgg.safetensors"]


def test_existing_files_are_kept_without_force(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.py"
    out.write_text("mine")
    result = run(net, "-o", tmp_path)
    assert (result.exit_code, out.read_text()) == (2, "mine")
    assert not (tmp_path / "small.safetensors").exists()
    assert run(net, "-o", tmp_path, "--force").exit_code == 0
    assert "nn.Sequential" in out.read_text()


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (["-o", "net.safetensors"], ["net.safetensors"]),
        (["-o", "net.pt"], ["net.pt"]),
        (["-o", "net.v2"], ["net.v2/small.py", "net.v2/small.safetensors"]),
    ],
)
def test_the_files_name_says_the_target(
    net: Path, tmp_path: Path, options: list[str], files: list[str]
) -> None:
    folder = tmp_path / "out"
    assert run(net, "-o", folder / options[1]).exit_code == 0
    found = [path for path in folder.rglob("[!.]*") if path.is_file()]
    assert sorted(path.relative_to(folder).as_posix() for path in found) == files


@pytest.mark.parametrize("targets", ["python", "safetensors,onnx"])
def test_a_file_of_another_target_is_refused(net: Path, tmp_path: Path, targets: str) -> None:
    result = run(net, "-o", tmp_path / "a" / "x.onnx", "--to", targets)
    assert result.exit_code == 2
    told = f"is a file of the target onnx, not of {targets.replace(',', ', ')}; name a folder"
    assert told in result.stderr
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("target", ["state-dict", "safetensors", "exported"])
def test_a_full_disk_is_said_and_leaves_nothing(
    net: Path, tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _data: object) -> None:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    result = run(net, "-o", tmp_path / "out", "--to", target)
    assert result.exit_code == 1
    assert re.fullmatch(r"error: .*small\.\w+: No space left on device\n", result.stderr)
    assert not (tmp_path / "out").exists()


def test_a_file_that_computes_something_else_fails(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caffe2torch.convert.conversion.difference", lambda *_: 0.5)
    result = run(net, "-o", tmp_path / "out", "--to", "python")
    assert result.exit_code == 1
    assert "outputs within 5.0e-01 of the graph; c2t verify names the layer" in result.stdout


def test_weights_that_do_not_fit_leave_no_file(tmp_path: Path) -> None:
    path, _, _ = trained(tmp_path, families.vgg((1,), width=4, size=8, hidden=8))
    result = run(path, "--weights", SIAMESE_WEIGHTS, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "has weights for no layer of the net" in result.stderr
    assert not (tmp_path / "out").exists()


def test_weights_of_another_size_are_explained(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    _, model, _ = trained(tmp_path / "a", families.vgg((1,), width=4, size=8, hidden=8))
    other = tmp_path / "other.prototxt"
    other.write_text(families.vgg((1,), width=4, size=16, hidden=8))
    result = run(other, "--weights", model, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert 'parameter 0 of layer "fc6" has shape (8, 64)' in result.stderr
    assert result.stderr.endswith("are these the weights of this net?\n")
    assert not (tmp_path / "out").exists()


def test_a_snapshot_of_a_training_is_the_net_that_was_trained(tmp_path: Path) -> None:
    result = run(SIAMESE_WEIGHTS, "-o", tmp_path)
    assert result.exit_code == 0, result.output
    assert "holds the net that was trained; to convert the one that predicts" in result.stderr
    assert "siamese, in training, converted" in (tmp_path / "siamese.py").read_text()


def test_preprocessing_comes_from_a_net_beside_it(tmp_path: Path) -> None:
    (tmp_path / "deploy.prototxt").write_text(families.vgg((1,), width=4, size=8, hidden=8))
    (tmp_path / "train_val.prototxt").write_text(
        'layer { name: "d" type: "Data" top: "d" transform_param { scale: 0.5 mean_value: 104 '
        "mean_value: 117 mean_value: 123 crop_size: 8 } data_param { source: 'x' batch_size: 1 } }"
    )
    text = run(tmp_path / "deploy.prototxt").stdout
    assert "bgr = bgr - torch.tensor([104.0, 117.0, 123.0]).view(3, 1, 1)\n" in text
    assert "return bgr * 0.5\n" in text
    assert "WARNING: the size before the crop of 8x8 is not known" in text
    text = run(tmp_path / "deploy.prototxt", "--resize", "10,12", "--scale", "2").stdout
    assert "interpolate(bgr, (10, 12)" in text and "return bgr[:, :, 1:9, 2:10] * 2.0\n" in text
    assert run(tmp_path / "deploy.prototxt", "--resize", "ten").exit_code == 2


def test_torchvisions_names_are_written(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(families.vgg((2, 2, 3, 3, 3), width=2, size=32, hidden=4))
    result = run(path, "-o", tmp_path, "--names", "torchvision")
    assert result.exit_code == 0, result.output
    names = json.loads((tmp_path / "vgg.torchvision.json").read_text())
    assert names["conv5_3.weight"] == names["stage5.conv_3.weight"] == "features.28.weight"
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


def test_code_is_written_where_onnx_is_not_installed(tmp_path: Path) -> None:
    program = "import sys; sys.modules['onnx'] = None; from caffe2torch.cli import main; main()"
    net = ROOT / "solvers" / "digits_lenet" / "deploy.prototxt"
    done = subprocess.run(
        [sys.executable, "-c", program, "convert", str(net), "-o", "net.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "net.py").exists()
