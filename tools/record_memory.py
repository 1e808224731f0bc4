"""Records what Caffe 1.0 computes on small nets whose blobs share memory.

    python tools/record_memory.py tests/module/memory

runs every NN.prototxt of the folder and writes records.npz there. It needs pycaffe, and nothing of
caffe2torch. What is recorded of each net, as NN/KIND/NAME: `in` the values of its Inputs and
`param` its parameters before the first pass; for two passes forward and backward, 0 and 1,
`0/blob` what every blob holds behind forward, and `0/diff` and `0/param` the parameters' gradients
and values behind backward.

records.npz holds the numbers of all in a row ("values", float32), and names and shapes as JSON
("index"); arrays that a second pass leaves as they were are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

Record = dict[str, Any]


def record(path: Path) -> Record:
    """Return name -> array for one net."""
    import caffe

    caffe.set_random_seed(int(path.stem))
    net = caffe.Net(str(path), caffe.TRAIN)
    random = np.random.RandomState(int(path.stem))
    values: Record = {}
    for name, blob in _params(net).items():
        if not name.startswith("batchnorm"):
            blob.data[...] += random.uniform(-0.25, 0.25, blob.data.shape)
        else:
            blob.data[...] = random.uniform(0.5, 1, blob.data.shape)
        values[f"param/{name}"] = blob.data.copy()
    for name in net.inputs:
        values[f"in/{name}"] = random.uniform(-1, 1, net.blobs[name].data.shape)
    for number in range(2):
        values |= {f"{number}/{name}": array for name, array in _pass(net, values).items()}
    return {name: array for name, array in values.items() if not _repeats(name, values)}


def _params(net: Any) -> Record:
    return {f"{layer}/{i}": b for layer, blobs in net.params.items() for i, b in enumerate(blobs)}


def _pass(net: Any, values: Record) -> Record:
    for name in net.inputs:
        net.blobs[name].data[...] = values[f"in/{name}"]
    net.clear_param_diffs()
    net.forward()
    shown: Record = {
        f"blob/{name}": blob.data.copy()
        for name, blob in net.blobs.items()
        if "_split_" not in name
    }
    net.backward()
    for name, blob in _params(net).items():
        shown |= {f"diff/{name}": blob.diff.copy(), f"param/{name}": blob.data.copy()}
    return shown


def _repeats(name: str, values: Record) -> bool:
    """Whether an array is that of the pass before, or of the start."""
    number, _, rest = name.partition("/")
    before = {"0": rest, "1": f"0/{rest}"}.get(number)
    return before in values and np.array_equal(values[name], values[before])


def main(folder: Path) -> None:
    """Record every net of a folder."""
    records = {
        f"{path.stem}/{name}": array
        for path in sorted(folder.glob("*.prototxt"))
        for name, array in record(path).items()
    }
    index = json.dumps([[name, list(array.shape)] for name, array in records.items()])
    flat = np.concatenate([array.ravel() for array in records.values()]).astype(np.float32)
    np.savez_compressed(folder / "records.npz", values=flat, index=np.array(index))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
