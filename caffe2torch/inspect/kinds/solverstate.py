"""A solver state, binary or HDF5: where a run stands and what its method remembers."""

from __future__ import annotations

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.inspect.values import times


def fits(head: Head) -> bool:
    """Fields that only a state has; in HDF5 a group "history"."""
    if head.hdf5 is not None:
        return head.hdf5.get("history", False) and not head.hdf5.get("data", False)
    return head.message == "SolverState"


def report(head: Head, options: Options) -> Report:
    """Tell iteration, weights and history; 1 is the code if a number is not finite.

    Raises: WeightsError if the file is damaged.
    """
    import numpy as np

    from caffe2torch.inspect.statistics import statistics
    from caffe2torch.weights import read_solverstate

    state = read_solverstate(head.path)
    history = [np.asarray(array) for array in state.history]
    each = [statistics(array) for array in history]
    rows = [
        (str(i), times(array.shape), *stats.cells)
        for i, (array, stats) in enumerate(zip(history, each, strict=True))
    ]
    data = {
        "format": "HDF5" if head.hdf5 is not None else "binary",
        "iter": state.iter,
        "current_step": state.current_step,
        "learned_net": state.learned_net,
        "history": [
            {"shape": a.shape, **s.data} for a, s in zip(history, each, strict=True)
        ],
    }  # fmt: skip
    faults = [f"history {i}: {s.fault}" for i, s in enumerate(each) if s.fault]
    lines: list[str | Table] = [
        f"{head.path}: solver state, {data['format']}: iteration {state.iter:,}, "
        f"current_step {state.current_step}",
        f"weights      {state.learned_net or 'not named'}",
        f"history      {sum(a.size for a in history):,} values in {len(history)} arrays",
        "",
        Table(("array", "shape", "mean", "std", "min", "max"), rows, left=2),
        "",
        *(faults or ["all of it finite"]),
    ]
    return Report("solverstate", head.path, data, lines, code=int(bool(faults)))
