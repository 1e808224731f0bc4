"""The kinds are told apart whatever their order, and none needs torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from caffe2torch.inspect import registry
from caffe2torch.inspect.head import Head
from tests.conftest import GOLDEN, ROOT

SAMPLES = {
    "net": [
        ROOT / "solvers" / "alexnet" / "train_val.prototxt",
        *(GOLDEN / "nets").glob("*.prototxt"),
        *(GOLDEN / "upgrade").glob("v*.prototxt"),
    ],
    "solver": [
        *(ROOT / "solvers").glob("*/solver.prototxt"),
        *(GOLDEN / "solvers").glob("*/solver.prototxt"),
        *(GOLDEN / "upgrade").glob("solver_*.prototxt"),
    ],
    "weights": [*GOLDEN.glob("*/*.caffemodel"), *GOLDEN.glob("*/*.caffemodel.h5")],
    "solverstate": [*(GOLDEN / "solvers").glob("*/*.solverstate*")],
    "blob": [*(GOLDEN / "solvers").rglob("*.binaryproto")],
    "database": [path.parent for path in GOLDEN.rglob("data.mdb")],
    "hdf5_data": [*(GOLDEN / "transform").rglob("*.h5")],
    "file_list": [*(GOLDEN / "transform" / "images").glob("list_*.txt")],
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_each_file_fits_one_kind_alone(kind: str) -> None:
    assert len(SAMPLES[kind]) >= 1
    for path in SAMPLES[kind]:
        head = Head.of(str(path))
        fitting = [name for name in registry.names() if registry.find(name).fits(head)]
        assert fitting == [kind], path


def test_every_kind_has_samples_or_tests_of_its_own() -> None:
    files = (Path(__file__).parent / "kinds").glob("test_*.py")
    alone = {path.stem.removeprefix("test_") for path in files}
    left = set(registry.names()) - {*SAMPLES, *alone}
    assert left == {"checkpoint"}, "checkpoints of torch are in test_exported.py"


def test_no_kind_imports_torch(tmp_path: Path) -> None:
    paths = [str(SAMPLES[kind][0]) for kind in SAMPLES]
    program = (
        "import sys\n"
        "from caffe2torch.inspect import inspect_file\n"
        f"for path in {paths!r}:\n"
        "    inspect_file(path).json\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
