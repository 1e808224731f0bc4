"""Files with random damage: a report with valid JSON, or one message; never anything else."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from caffe2torch.errors import C2TError
from caffe2torch.inspect import inspect_file
from caffe2torch.inspect.render import lines
from tests.conftest import GOLDEN

SAMPLES = [
    "nets/residual_train_l0.caffemodel",
    "nets/residual_train_l0.caffemodel.h5",
    "upgrade/bin_v0.in.caffemodel",
    "upgrade/bin_double.in.caffemodel",
    "solvers/snap_adam/snap_iter_20.solverstate",
    "solvers/snap_multistep_hdf5/snap_iter_40.solverstate.h5",
    "solvers/db/color_mean.binaryproto",
    "transform/h5/f0.h5",
    "transform/images/list_all.txt",
    "solvers/adam/solver.prototxt",
    "nets/states.prototxt",
]
TRIES = 30


def damaged(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(max(len(out), 1))
        match rng.randrange(4):
            case 0:
                out[at : at + 1] = rng.randbytes(1)
            case 1:
                del out[at : at + rng.randint(1, 40)]
            case 2:
                out[at:at] = rng.randbytes(rng.randint(1, 10))
            case 3 if rng.random() < 0.3:
                del out[at:]
    return bytes(out)


@pytest.mark.parametrize("name", SAMPLES)
def test_damage_is_told_or_harmless(tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    data = (GOLDEN / name).read_bytes()
    for number in range(TRIES):
        path = tmp_path / str(number)
        path.write_bytes(damaged(data, rng))
        try:
            report = inspect_file(path)
        except C2TError as error:
            assert str(path) in str(error)
        else:
            json.dumps(report.json, allow_nan=False)
            assert list(lines(report))
