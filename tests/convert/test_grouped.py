"""The grouped source: it reads as a person would write it, and computes what the graph does."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from torch import Tensor

from caffe2torch.convert.compare import randomize
from caffe2torch.convert.conversion import Conversion, run
from caffe2torch.convert.grouped import grouped
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from tests.conftest import GOLDEN, ROOT
from tests.convert import families
from tests.convert.one_net import converted, gap
from tests.graph.nets import DATA, ip, relu
from tests.module.test_names import HOSTILE

NETS = GOLDEN / "nets"

RUNS = [
    (case["prototxt"], run["phase"], run["level"], tuple(run["stages"]))
    for case in json.loads((NETS / "index.json").read_text())["cases"]
    for run in case["runs"]
]


@pytest.mark.parametrize(("file", "phase", "level", "stages"), sorted(set(RUNS)))
def test_golden_nets_compute_the_same(
    file: str, phase: str, level: int, stages: tuple[str, ...]
) -> None:
    net = read_net(NETS / file)
    graph = build_graph(net, net_state(net, phase, level, stages), assume=True)
    for faithful in (False, True):
        found = Conversion(graph, grouped(graph, faithful))
        randomize(found.built)
        assert gap(found) <= 1e-6


OURS = sorted(p.name for p in (ROOT / "solvers").iterdir() if p.is_dir())


@pytest.mark.parametrize(
    "folder",
    [pytest.param(name, marks=pytest.mark.long if name == "es_vgg" else ()) for name in OURS],
)
def test_our_own_nets_compute_the_same(folder: str) -> None:
    for path in sorted((ROOT / "solvers" / folder).glob("*.prototxt")):
        if path.name == "solver.prototxt" or folder in ("vgg16", "alexnet", "es_vgg_fixed"):
            continue
        for phase in ("TRAIN", "TEST"):
            graph = build_graph(read_net(path), phase=phase, assume=True)
            found = Conversion(graph, grouped(graph))
            randomize(found.built)
            assert gap(found) <= 1e-6, path


@pytest.mark.parametrize("family", families.FAMILIES)
def test_families_compute_the_same(tmp_path: Path, family: str) -> None:
    assert gap(converted(tmp_path, families.FAMILIES[family])) <= 1e-6


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (families.vgg((2, 2, 3, 3, 3)), 50),
        (families.resnet((3, 4, 6, 3)), 140),
        (families.googlenet(), 110),
    ],
    ids=["vgg16", "resnet50", "googlenet"],
)
def test_known_nets_stay_short(tmp_path: Path, text: str, most: int) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(text)
    from caffe2torch.convert.convert import Request, prepare

    source = prepare(Request(path)).source.text
    net, _, images = source.partition("\n\n\n# WARNING")
    assert net.count("\n") <= most
    assert images.count("\n") <= 40
    assert "def preprocess(" in source
    assert 'if __name__ == "__main__":' in source


def test_flat_is_the_source_that_trains(tmp_path: Path) -> None:
    found = converted(tmp_path, families.FAMILIES["vgg"], flat=True)
    assert "self.conv1_1 = nn.Conv2d(" in found.source.text
    assert gap(found) == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_names_out_of_a_net_never_become_code(tmp_path: Path, name: str) -> None:
    text = f'name: "{name}"\n' + DATA + ip(name, "data", name) + relu("r", name, name)
    again = text + ip("other", name, "other") + ip(f"{name}z", name, f"{name}z")
    for variant in (text, again):
        found = converted(tmp_path, variant)
        assert "print(666)" not in [ast.unparse(n) for n in ast.walk(ast.parse(found.source.text))]
        assert gap(found) <= 1e-6


def test_a_loss_without_a_name_comes_out_under_its_layers(tmp_path: Path) -> None:
    label = 'layer { name: "t" type: "Input" top: "t" input_param { shape { dim: 2 dim: 4 } } }\n'
    loss = 'layer { name: "far" type: "EuclideanLoss" bottom: "a" bottom: "t" }\n'
    found = converted(tmp_path, DATA + label + ip("a", "data", "a") + loss, phase="TRAIN")
    value = run(found.module, found.inputs)
    assert isinstance(value, Tensor)
    score = found.module.get_submodule("a")(found.inputs[0]).detach()
    expected = (score - found.inputs[1]).square().sum() / 4
    assert float(value) == pytest.approx(float(expected))


@pytest.mark.long
def test_ruff_would_change_nothing(tmp_path: Path) -> None:
    if find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    ruff = [sys.executable, "-m", "ruff"]
    texts = {
        name: converted(tmp_path, text).source.text for name, text in families.FAMILIES.items()
    }
    for case in json.loads((NETS / "index.json").read_text())["cases"]:
        for phase in ("TRAIN", "TEST"):
            graph = build_graph(read_net(NETS / case["prototxt"]), phase=phase, assume=True)
            texts[f"{case['name']}_{phase}"] = grouped(graph).text
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    options = ["--isolated", "--line-length", "100", "--no-cache", str(folder)]
    done = subprocess.run([*ruff, "format", "--diff", *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    select = ["--select", "E,F,I", "--ignore", "E731"]
    done = subprocess.run([*ruff, "check", *select, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
