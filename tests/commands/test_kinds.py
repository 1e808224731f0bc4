"""A file of another kind is named before it is read, with the one beside it that was meant."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inspect
from caffe2torch.cli import cli
from caffe2torch.commands import _kinds
from caffe2torch.data.importers.database import write_images
from caffe2torch.errors import C2TError
from caffe2torch.weights import write_blob

NET = """\
layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "d" top: "ip"
        inner_product_param { num_output: 2 } }
"""
SOLVER = 'net: "train_val.prototxt"\nbase_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 1\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file of each kind, as the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("train_val.prototxt").write_text(NET, encoding="utf-8")
    Path("solver.prototxt").write_text(SOLVER, encoding="utf-8")
    write_blob("mean.binaryproto", np.zeros((1, 1, 2, 2), np.float32))
    blob = pb.BlobProto(shape=pb.BlobShape(dim=[2, 2]), data=[1, 2, 3, 4])
    layer = pb.LayerParameter(name="ip", type="InnerProduct", blobs=[blob])
    Path("x.caffemodel").write_bytes(pb.NetParameter(name="x", layer=[layer]).SerializeToString())
    state = pb.SolverState(iter=3, learned_net="x.caffemodel", history=[blob])
    Path("x.solverstate").write_bytes(state.SerializeToString())
    write_images(Path("db"), np.zeros((2, 1, 2, 2), np.uint8), [0, 1], [0, 1])


def refused(*words: str) -> str:
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == 2, result.output
    assert "fault of caffe2torch" not in result.output
    return result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("train train_val.prototxt", "train_val.prototxt is a net; train wants a solver → "
         "did you mean solver.prototxt beside it?"),
        ("train x.caffemodel", "x.caffemodel is a caffemodel (trained weights); train wants"),
        ("train db", "db is a database; train wants a solver"),
        ("train solver.prototxt --snapshot x.caffemodel", "--snapshot wants a solver state → "
         "did you mean x.solverstate beside it?"),
        ("train solver.prototxt --weights x.solverstate", "did you mean x.caffemodel beside it?"),
        ("test solver.prototxt --weights mean.binaryproto", "--weights wants a caffemodel"),
        ("test x.caffemodel --weights x.caffemodel", "test wants a solver or a net"),
        ("time mean.binaryproto", "mean.binaryproto is a binaryproto (a mean, or another blob)"),
        ("convert solver.prototxt -o o", "did you mean train_val.prototxt beside it?"),
        ("convert train_val.prototxt -o o --weights x.solverstate", "x.solverstate is a solver"),
        ("upgrade net mean.binaryproto out", "upgrade net wants a net"),
        ("upgrade solver train_val.prototxt out", "did you mean solver.prototxt beside it?"),
        ("lint db", "db is a database; lint wants a solver or a net"),
        ("lint x.solverstate", "x.solverstate is a solver state"),
        ("signal x.caffemodel", "signal wants a solver or a net"),
        ("draw mean.binaryproto -o o.svg", "draw wants a net or a solver"),
        ("stats x.caffemodel", "stats wants a database"),
        ("predict solver.prototxt x.png", "did you mean train_val.prototxt beside it?"),
        ("extract solver.prototxt x.png --blob ip -o o.npz", "extract wants a net"),
        ("parse-log solver.prototxt", "solver.prototxt is a solver; parse-log wants a training"),
        ("run solver.prototxt", "solver.prototxt is a solver; run wants a program of Python"),
        ("run x.caffemodel", "run wants a program of Python"),
        ("quickstart o --from . --finetune x.solverstate", "did you mean x.caffemodel beside it?"),
        ("import images . train_val.prototxt o", "is a net; images wants a list of files"),
        ("report x.caffemodel", "report wants a training log"),
        ("rescale-mean x.caffemodel --to-values", "did you mean mean.binaryproto beside it?"),
    ],
)  # fmt: skip
def test_another_kind(words: str, says: str) -> None:
    assert says in refused(*words.split())


def test_what_is_not_there_is_said_by_the_command() -> None:
    assert "none.prototxt" in refused("train", "none.prototxt")


class TestSpellingsOfGflags:
    """`caffe train -solver=x -gpu 0` as people have it in their scripts."""

    @pytest.mark.parametrize(
        "words",
        [
            "train -solver=x.caffemodel", "train --solver=x.caffemodel",
            "train -solver x.caffemodel", "train --solver x.caffemodel",
            "train -solver solver.prototxt -weights x.solverstate",
            "train -solver=solver.prototxt -snapshot=x.caffemodel -gpu=0",
            "test -model=train_val.prototxt -weights=x.solverstate -iterations=3",
            "test -model train_val.prototxt -weights x.solverstate -gpu 0 -iterations 3",
            "time -model=mean.binaryproto -iterations=3", "time -model mean.binaryproto",
        ],
    )  # fmt: skip
    def test_they_are_understood(self, words: str) -> None:
        """As far as to the file of another kind, which is looked at last."""
        assert " wants a " in refused(*words.split())

    def test_time_runs(self) -> None:
        words = ["time", "-model=train_val.prototxt", "-iterations=2", "-phase=TEST"]
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, result.output
        assert "ip" in result.output

    def test_others_are_still_refused(self) -> None:
        assert "No such option" in refused("train", "-slover=solver.prototxt")


def test_every_kind_has_words() -> None:
    assert set(_kinds.WHAT) == set(inspect.registry.names())


def test_weights_and_arrays_come_from_a_pipe() -> None:
    data = Path("x.caffemodel").read_bytes()
    Path("one.prototxt").write_text(NET.replace("num_output: 2", "num_output: 2 bias_term: false"))
    words = ["test", "one.prototxt", "--iterations", "1", "--weights"]
    named = CliRunner().invoke(cli, [*words, "x.caffemodel"])
    piped = CliRunner().invoke(cli, [*words, "-"], input=data)
    assert named.exit_code == piped.exit_code == 0, piped.output
    assert piped.stdout == named.stdout
    lint = ["lint", "solver.prototxt", "--weights", "-"]
    assert "does not exist" not in CliRunner().invoke(cli, lint, input=data).output
    with h5py.File("a.h5", "w") as file:
        file["data"], file["label"] = np.zeros((3, 1, 2, 2), np.uint8), np.arange(3)
    made = CliRunner().invoke(cli, ["import", "hdf5", "-", "new"], input=Path("a.h5").read_bytes())
    assert made.exit_code == 0, made.output
    assert "3 records" in made.stdout


def test_a_state_dict_holds_weights(tmp_path: Path) -> None:
    torch.save({"ip.weight": torch.ones(2, 2)}, tmp_path / "w.pt")
    _kinds.refuse(str(tmp_path / "w.pt"), _kinds.WEIGHTS, "convert")
    with pytest.raises(C2TError, match=r"w.pt is a file of torch.save; draw wants a net"):
        _kinds.refuse(str(tmp_path / "w.pt"), ("net",), "draw")
