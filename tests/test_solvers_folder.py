"""Every folder of solvers/ is read, builds in both phases, and says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.format import schema

ROOT = Path(__file__).parents[1]
FOLDERS = sorted(p for p in (ROOT / "solvers").iterdir() if p.is_dir())


@pytest.fixture(params=FOLDERS, ids=lambda p: p.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_it_has_a_solver_that_names_its_net(folder: Path) -> None:
    solver = schema.read(folder / "solver.prototxt", "SolverParameter").message
    assert (folder / solver.net).is_file()
    assert solver.max_iter > 0


def test_the_readme_names_it(folder: Path) -> None:
    assert f"| `{folder.name}` |" in (ROOT / "README.md").read_text()


def test_training_and_testing_end_in_a_loss_and_an_accuracy(folder: Path) -> None:
    net = schema.read(folder / "train_val.prototxt", "NetParameter").message
    types = [layer.type for layer in net.layer]
    assert types.count("Data") == 2
    assert "SoftmaxWithLoss" in types
    assert "Accuracy" in types


def test_the_deploy_net_has_the_weights_of_the_train_net(folder: Path) -> None:
    if not (folder / "deploy.prototxt").exists():
        pytest.skip("made to be linted, not deployed")
    nets = [
        schema.read(folder / f"{name}.prototxt", "NetParameter").message
        for name in ("train_val", "deploy")
    ]

    def weights(net) -> dict[str, tuple]:
        with_weights = [x for x in net.layer if x.type in ("Convolution", "InnerProduct")]
        return {
            x.name: (
                x.convolution_param.num_output or x.inner_product_param.num_output,
                tuple(x.convolution_param.kernel_size),
                tuple(x.convolution_param.pad),
                tuple(x.convolution_param.stride),
                x.convolution_param.group,
                tuple(x.bottom),
            )
            for x in with_weights
        }

    assert weights(nets[0]) == weights(nets[1])


def test_the_failing_vgg_is_the_one_of_the_story() -> None:
    """The settings that were reported; the linter's numbers are about them."""
    folder = ROOT / "solvers" / "es_vgg"
    solver = schema.read(folder / "solver.prototxt", "SolverParameter").message
    net = schema.read(folder / "train_val.prototxt", "NetParameter").message
    assert solver.base_lr == pytest.approx(0.0648)
    assert (solver.lr_policy, solver.stepsize, solver.gamma) == ("step", 100000, pytest.approx(0.1))
    assert (solver.test_iter[0], solver.test_interval, solver.max_iter) == (1000, 1000, 18900000)
    assert not solver.HasField("snapshot")
    for data in net.layer[:2]:
        assert data.data_param.batch_size == 6
        assert data.transform_param.scale == 0.00390625
        assert data.transform_param.crop_size == 224
        assert data.transform_param.mean_file == "imagenet_mean.binaryproto"
    kinds = {x.convolution_param.weight_filler.type for x in net.layer if x.type == "Convolution"}
    assert kinds == {"xavier"}
    assert sum(x.type == "Convolution" for x in net.layer) == 13
    assert sum(x.type == "InnerProduct" for x in net.layer) == 3


def test_the_failing_vgg_has_no_data_on_purpose() -> None:
    assert {p.name for p in (ROOT / "solvers" / "es_vgg").iterdir()} == {
        "solver.prototxt",
        "train_val.prototxt",
    }


def test_the_digits_folder_is_what_quickstart_writes() -> None:
    shipped = ROOT / "caffe2torch" / "data" / "datasets" / "digits_lenet"
    for path in (ROOT / "solvers" / "digits_lenet").iterdir():
        assert path.resolve() == shipped / path.name
