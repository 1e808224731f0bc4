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

from caffe2torch.convert.compare import difference, randomize
from caffe2torch.convert.conversion import Conversion, named, run
from caffe2torch.convert.grouped import grouped
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from tests.conftest import GOLDEN, ROOT
from tests.convert import families
from tests.convert.one_net import converted
from tests.graph.test_graph import DATA, ip, relu
from tests.module.test_emit import HOSTILE

NETS = GOLDEN / "nets"
RUNS = [
    (case["prototxt"], run["phase"], run["level"], tuple(run["stages"]))
    for case in json.loads((NETS / "index.json").read_text())["cases"]
    for run in case["runs"]
]


def gap(found: Conversion) -> float:
    module = found.module
    return difference(named(found.graph, run(module, found.inputs)), found.expected)


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


@pytest.mark.parametrize(
    "folder", sorted(p.name for p in (ROOT / "solvers").iterdir() if p.is_dir())
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


FAMILIES = {
    "resnet": families.resnet((3, 2, 2), size=64, width=8),
    "googlenet": families.googlenet(divide=8, size=64),
    "vgg": families.vgg((1, 2, 2, 3), width=4, size=32, hidden=16),
    "siamese": families.siamese(),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_families_compute_the_same(tmp_path: Path, family: str) -> None:
    assert gap(converted(tmp_path, FAMILIES[family])) <= 1e-6


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (families.vgg((2, 2, 3, 3, 3)), 60),
        (families.resnet((3, 4, 6, 3)), 150),
        (families.googlenet(), 120),
    ],
    ids=["vgg16", "resnet50", "googlenet"],
)
def test_known_nets_stay_short(tmp_path: Path, text: str, most: int) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(text)
    from caffe2torch.convert.convert import Request, prepare

    source = prepare(Request(path)).source.text
    assert source.count("\n") <= most
    assert "def preprocess(" in source
    assert 'if __name__ == "__main__":' in source


def test_a_vgg_is_written_as_stages(tmp_path: Path) -> None:
    text = converted(tmp_path, FAMILIES["vgg"]).source.text
    assert 'self.add_module(f"conv{n}_{i}", nn.Conv2d(inputs, outputs, 3, padding=1))' in text
    assert "self.stage4 = Stage(4, 16, 32, 32, 32)" in text
    assert "class VGG(nn.Sequential):" in text


def test_blocks_that_differ_by_a_branch_are_one_class(tmp_path: Path) -> None:
    text = converted(tmp_path, FAMILIES["resnet"]).source.text
    assert text.count("class Bottleneck") == 1
    assert "self.res3a = Bottleneck(" in text
    assert "with_branch1=True" in text
    assert "return self.relu(self.branch1(x) + self.branch2(x))" in text
    assert "nn.BatchNorm2d(" in text
    assert "Scale" not in text


def test_branches_of_a_block_are_named_after_their_layers(tmp_path: Path) -> None:
    text = converted(tmp_path, FAMILIES["googlenet"]).source.text
    assert "self.branch_3x3 = named(" in text
    assert '(f"{name}/3x3_reduce", nn.Conv2d(inputs, n3x3_reduce, 1)),' in text
    assert 'self.inception_5b = Inception("inception_5b",' in text


def test_towers_that_share_their_weights_are_one_module(tmp_path: Path) -> None:
    text = converted(tmp_path, FAMILIES["siamese"]).source.text
    assert "self.feat_a(a), self.feat_a(b), sim" in text
    assert text.count("nn.Conv2d") == 1


def test_faithful_keeps_batch_norm_and_scale(tmp_path: Path) -> None:
    found = converted(tmp_path, FAMILIES["resnet"], faithful=True)
    assert "class CaffeBatchNorm" in found.source.text
    assert "BatchNorm2d" not in found.source.text
    assert gap(found) <= 1e-6


def test_flat_is_the_source_that_trains(tmp_path: Path) -> None:
    found = converted(tmp_path, FAMILIES["vgg"], flat=True)
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


def test_a_group_called_as_its_first_layer_loads_by_name(tmp_path: Path) -> None:
    image = (
        'layer { name: "d" type: "Input" top: "d" '
        "input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }\n"
    )
    text = image + families.conv("c", "d", 4) + families.relu("r", "c")
    for k, kind in enumerate(("Sigmoid", "TanH", "ReLU", "Sigmoid")):
        text += families.layer(kind, f"a{k}", "c", "c")
    text += families.layer("Split", "s", "c", "c1", 'top: "c2"')
    found = converted(tmp_path, text + families.layer("Eltwise", "sum", "c1 c2"))
    assert "self.c = named(" in found.source.text
    assert sorted(found.module.state_dict()) == ["c.c.bias", "c.c.weight"]
    found.module.load_state_dict(found.state)
    assert gap(found) == 0


def test_a_stage_that_is_tapped_inside_is_no_chain(tmp_path: Path) -> None:
    text = families.vgg((2, 2, 3, 3), width=4, size=32, hidden=8)
    tap = families.layer("Power", "tap", "conv3_3")  # as SSD reads VGG's conv4_3
    at = text.index('layer { name: "pool3"')
    for variant in (text[:at] + tap + text[at:], text + tap):
        found = converted(tmp_path, variant)
        assert len(found.graph.outputs) == 2
        assert "Stage(2," in found.source.text
        assert "Stage(3," not in found.source.text
        assert gap(found) <= 1e-6


def test_what_nothing_reads_is_left_out(tmp_path: Path) -> None:
    hidden = ip("b", "data", "b") + 'layer { name: "s" type: "Silence" bottom: "b" }\n'
    found = converted(tmp_path, DATA + ip("a", "data", "a") + hidden)
    assert "self.b" not in found.source.text
    assert gap(found) == 0


def test_a_blob_shared_in_another_shape_falls_back_to_the_flat_source(tmp_path: Path) -> None:
    wide = 'layer { name: "w" type: "Input" top: "w" input_param { shape { dim: 1 dim: 4 } } }\n'
    share = 'param { name: "p" share_mode: PERMISSIVE }'
    text = DATA + wide + ip("a", "data", "a", 'param { name: "p" }') + ip("b", "w", "b", share, n=3)
    found = converted(tmp_path, text)
    assert "functional_call" in found.source.text
    assert gap(found) == 0


def test_ruff_would_change_nothing(tmp_path: Path) -> None:
    if find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    ruff = [sys.executable, "-m", "ruff"]
    texts = {name: converted(tmp_path, text).source.text for name, text in FAMILIES.items()}
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
