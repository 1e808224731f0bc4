"""Names that NumPy has dropped are there again in a process that asks for them."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import numpy as np
from caffe2torch.pycaffe import old_numpy
old_numpy.install()
assert np.zeros(2, np.int).dtype.kind == "i" and np.zeros(2, np.float).dtype == "f8"
assert np.zeros(2, np.bool).dtype == bool and np.object is object
assert np.alltrue([1, 1]) and np.isnan(np.NaN) and np.product([2, 3]) == 6
read = np.fromstring(b"\\x01\\x02", dtype=np.uint8)
read[0] = 9
assert read.tolist() == [9, 2]
assert np.fromstring("1 2", sep=" ").tolist() == [1.0, 2.0]
assert np.fromstring("\\udcff\\x01", np.uint8).tolist() == [255, 1]
for name in old_numpy.NAMES:
    getattr(np, name)
"""


def test_a_process_has_the_names_back() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
