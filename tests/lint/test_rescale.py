"""c2t rescale: another input scale, the same training."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.errors import C2TError
from caffe2torch.format import upgrade
from caffe2torch.lint import fix
from caffe2torch.lint.rescale import rescale
from tests.lint.checks import Folder
from tests.lint.nets import CONV, DATA, TOP, chain, weights

STEPS = 50


def losses(folder: Folder, steps: int) -> list[float]:
    """Losses of the first `steps` iterations."""
    from caffe2torch.train.solver import Solver

    solver = Solver(upgrade.read_solver(folder.solver_file))
    solver.param.test_initialization = False
    solver.param.display = 0
    solver.step(steps)
    return [float(loss) for loss in solver.state.losses]


@pytest.mark.parametrize(
    "filler", ["msra", "xavier", 'gaussian" std: 0.3', 'uniform" min: -0.4 max: 0.4']
)
@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_the_same_losses_step_by_step(folder: Folder, filler: str, scale: float) -> None:
    folder.write(net=chain(2, filler)).solver({"base_lr: 0.02": "base_lr: 0.002"})
    before = losses(folder, STEPS)
    fix.write(rescale(str(folder.solver_file), scale).texts)
    after = losses(folder, STEPS)
    assert before[-1] < before[0]
    assert after == pytest.approx(before, abs=1e-4)


def test_written_multipliers_are_kept(folder: Folder) -> None:
    text = chain(2).replace(
        "  convolution_param {",
        "  param { lr_mult: 1 }\n  param { lr_mult: 2 decay_mult: 0 }\n  convolution_param {",
        1,
    )
    texts = rescale(str(folder.write(net=text).solver_file), 0.03125).texts
    net = upgrade.parse_net(texts["train_val.prototxt"]).message
    conv = next(layer for layer in net.layer if layer.name == "conv1")
    assert [p.lr_mult for p in conv.param] == [0.25, 2.0]
    assert [p.decay_mult for p in conv.param] == [4.0, 0.0]
    assert {layer.transform_param.scale for layer in net.layer if layer.type == "Data"} == {0.03125}


def test_there_and_back_is_the_same_net(folder: Folder) -> None:
    first = upgrade.read_net(folder.write(net=chain(2)).net_file).message
    for scale in (0.25, 0.015625):
        fix.write(rescale("solver.prototxt", scale).texts)
    again = upgrade.read_net(folder.net_file).message
    weights = next(layer for layer in again.layer if layer.name == "conv1")
    assert weights.param[0].lr_mult == 1.0
    assert weights.convolution_param.weight_filler.std == pytest.approx((2 / 9) ** 0.5, rel=1e-6)
    assert len(first.layer) == len(again.layer)


@pytest.mark.parametrize(
    ("solver", "net", "says"),
    [
        ('\ntype: "Adam"\n', {}, "divides gradients by their own size"),
        ("\nclip_gradients: 1\n", {}, "clip_gradients looks at the norm"),
        ("", {'weight_filler { type: "msra" }': 'weight_filler { type: "positive_unitball" }'},
         "cannot be scaled"),
    ],
)  # fmt: skip
def test_what_cannot_be_exact_is_refused(
    folder: Folder, solver: str, net: dict[str, str], says: str
) -> None:
    folder.solver({"": solver}).net(net)
    with pytest.raises(C2TError, match=says):
        rescale("solver.prototxt", 0.5)


def test_a_layer_between_data_and_weights(folder: Folder) -> None:
    power = (
        'layer { name: "shift" type: "Power" bottom: "data" top: "shifted" '
        "power_param { shift: 1 } }\n"
    )
    text = chain(2).replace('layer {\n  name: "conv1"', power + 'layer {\n  name: "conv1"')
    text = text.replace('bottom: "data"\n  top: "conv1"', 'bottom: "shifted"\n  top: "conv1"')
    with pytest.raises(C2TError, match="does not pass on a factor"):
        rescale(str(folder.write(net=text).solver_file), 0.5)


def test_shared_first_layers_of_two_readers(folder: Folder) -> None:
    """A siamese net: the one blob gets the same new multipliers and filler in both layers."""
    folder.write(net=siamese("data2")).solver({"base_lr: 0.02": "base_lr: 0.002"})
    before = losses(folder, STEPS)
    says = rescale(str(folder.solver_file), 1.0)
    assert says.says[0] == "scale 0.015625 → 1 in 4 data layers"
    fix.write(says.texts)
    assert losses(folder, STEPS) == pytest.approx(before, abs=1e-4)


def test_weights_shared_with_a_layer_further_up(folder: Folder) -> None:
    """The second layer reads what the first made, which has kept its size: no factor fits."""
    folder.write(net=siamese("conv1"))
    with pytest.raises(C2TError, match=r"shares its weights with a first layer"):
        rescale(str(folder.solver_file), 1.0)


def test_pretrained_weights_fit_the_old_scale(folder: Folder) -> None:
    folder.solver({"": '\nweights: "old.caffemodel"\n'})
    with pytest.raises(C2TError, match=r"old\.caffemodel, whose first weights fit the old scale"):
        rescale(str(folder.solver_file), 1.0)


def siamese(second: str) -> str:
    """Two convolutions with one weight blob, of one map each; the other reads blob `second`."""
    both = [("TRAIN", "train", 64), ("TEST", "test", 60)]
    reader = "".join(DATA.format(phase=p, scale=1 / 64, db=db, batch=n) for p, db, n in both)
    other = reader
    for name in ("digits", "data", "label"):
        other = other.replace(f'"{name}"', f'"{name}2"')
    quiet = 'layer { name: "quiet" type: "Silence" bottom: "label2" }\n'
    twins = "".join(
        CONV.format(
            i=i, bottom=bottom, width=1, filler=weights("msra"), bias=0, activation=""
        ).replace("  convolution_param", '  param { name: "w" }\n  convolution_param')
        for i, bottom in ((1, "data"), (2, second))
    )
    sums = 'layer { name: "sum" type: "Eltwise" bottom: "conv1" bottom: "conv2" top: "sum" }\n'
    top = TOP.format(bottom="sum", classes=10, filler=weights("xavier"))
    return reader + (other + quiet if second == "data2" else "") + twins + sums + top


def test_the_command(folder: Folder) -> None:
    before = folder.write(net=chain(2)).net_file.read_text(encoding="utf-8")
    shown = CliRunner().invoke(cli, ["rescale", "solver.prototxt", "--scale", "1", "--diff"])
    assert "+    scale: 1" in shown.output
    assert folder.net_file.read_text(encoding="utf-8") == before
    done = CliRunner().invoke(cli, ["rescale", "solver.prototxt", "--scale", "1"])
    assert done.exit_code == 0, done.output
    assert "conv1: weights × 0.015625, lr_mult × 0.000244141, decay_mult × 4096" in done.output
    assert "scale: 1" in folder.net_file.read_text(encoding="utf-8")
    refused = CliRunner().invoke(cli, ["rescale", "solver.prototxt", "--scale", "0"])
    assert refused.exit_code == 2
