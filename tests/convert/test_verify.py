"""Where a net with other weights first computes something else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.verify import verify
from caffe2torch.errors import C2TError
from caffe2torch.module.blobs import export_blobs
from caffe2torch.weights import write_caffemodel
from tests.convert.families import head, ip, relu
from tests.convert.one_net import converted

NET = head("n", 2, 3) + ip("a", "data", 4) + relu("r", "a") + ip("b", "a", 5) + ip("c", "b", 2)


@pytest.fixture
def subject(tmp_path: Path) -> Conversion:
    return converted(tmp_path, NET)


def weights(subject: Conversion, path: Path, **changes: float) -> Path:
    """The subject's weights in a file, with a number added to those of some layers."""
    blobs = export_blobs(subject.built)
    for name, change in changes.items():
        blobs[name][1] = blobs[name][1] + np.float32(change)
    write_caffemodel(path, subject.graph.net.message, blobs)
    return path


def test_equal_weights_give_equal_results(subject: Conversion, tmp_path: Path) -> None:
    checks = verify(subject, weights(subject, tmp_path / "o.caffemodel"))
    assert [check.name for check in checks if check.type == "InnerProduct"] == ["a", "b", "c"]
    last = checks[-1]
    assert (last.name, last.type, last.shape) == ("c", "output", (2, 2))
    assert {check.difference for check in checks} == {0}


def test_the_first_layer_that_differs_comes_first(subject: Conversion, tmp_path: Path) -> None:
    checks = verify(subject, weights(subject, tmp_path / "o.caffemodel", b=1.0))
    apart = [check.name for check in checks if check.difference > 1e-3]
    assert apart == ["b", "c", "c"]  # the layer, the one behind it, and the output


def test_what_cannot_be_run_is_refused(subject: Conversion, tmp_path: Path) -> None:
    (tmp_path / "o.caffemodel").write_text("no weights")
    with pytest.raises(C2TError):
        verify(subject, tmp_path / "o.caffemodel")
