"""Snapshots of a run: what is gathered into one, and what is put back from it.

Source: Caffe src/caffe/solver.cpp, Snapshot, Restore; src/caffe/solvers/sgd_solver.cpp,
SnapshotSolverState, RestoreSolverStateFromBinaryProto, RestoreSolverStateFromHDF5
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from caffe2torch.errors import WeightsError
from caffe2torch.graph.model import ParamRef
from caffe2torch.module.blobs import Array, ByRef, all_to_caffe, all_to_torch, tensors
from caffe2torch.train import snapshot_files as files
from caffe2torch.train.prepare import Note, copy_weights
from caffe2torch.train.snapshot_files import Names, Snapshot
from caffe2torch.train.state import Average, RunState


def save(state: RunState, note: Note) -> str:
    """Write a snapshot where snapshot_prefix says; return the path of its solverstate.

    Where that fails, the fallbacks of the run are tried in turn, and what happened is told.

    Raises: WeightsError, OSError if it cannot be written anywhere.
    """
    state.read_losses()
    extras = state.ranks.gather(extras_of(state))
    prefix = state.param.snapshot_prefix
    if not state.ranks.first:
        return names_at(state, prefix).state
    contents = gather(state, extras)
    try:
        return write(state, contents, prefix)
    except (WeightsError, OSError) as error:
        for other in state.fallbacks:
            with suppress(WeightsError, OSError):
                path = write(state, contents, other)
                note(f"{reason(error)}; the snapshot is {path}")
                leave_last(state, other)
                return path
        raise


def write(state: RunState, contents: Snapshot, prefix: str) -> str:
    """Write the files of a snapshot with a prefix, logged as Caffe does; return the solverstate."""
    names = names_at(state, prefix)
    hdf5 = names.state.endswith(".h5")
    model, history = (474, 296) if hdf5 else (464, 284)
    kind = "HDF5 file" if hdf5 else "binary proto file"
    state.log(f"solver.cpp:{model}", f"Snapshotting to {kind} {names.model}")
    files.write(names, contents)
    text = f"Snapshotting solver state to {kind} {names.state}"
    state.log(f"sgd_solver.cpp:{history}", text)
    state.snapshots.append(names.state)
    return names.state


def leave_last(state: RunState, fallback: str) -> None:
    """Remove what the run wrote earlier with a fallback, whose place is not meant for snapshots."""
    *older, _ = (path for path in state.snapshots if path.startswith(f"{fallback}_iter_"))
    for path in older:
        files.remove(path)
        state.snapshots.remove(path)


def names_at(state: RunState, prefix: str) -> Names:
    """Return the files of a snapshot that is written now."""
    return Names.at(prefix, state.iter, state.param.snapshot_format == state.param.HDF5)


def reason(error: Exception) -> str:
    """Return why a file could not be written, with its name."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be written: {error.strerror}"
    return str(error)


def gather(state: RunState, ranks: list[dict[str, Any]]) -> Snapshot:
    """Return what a snapshot holds now.

    ranks: what `extras_of` returned in each process
    """
    graph, held = state.train.graph, tensors(state.net)
    return Snapshot(
        graph=graph,
        iter=state.iter,
        current_step=state.policy.current_step,
        weights=all_to_caffe(graph, lambda ref: held[id(ref)]),
        history=history_of(state),
        extras={"iter": state.iter, "options": state.options.record(), "ranks": ranks},
        diffs=updates_of(state),
        averaged=averaged_of(state),
    )


def averaged_of(state: RunState) -> ByRef | None:
    """Return the moving average of every parameter, None where there is none."""
    if state.ema is None:
        return None
    held = tensors(state.net)
    with state.ema.applied(state.net):
        blobs = all_to_caffe(state.train.graph, lambda ref: held[id(ref)])
        return {key: blob.copy() for key, blob in blobs.items()}


def history_of(state: RunState) -> list[Array]:
    """Return the method's state in Caffe's order; what is not trained has zeros."""
    graph, held = state.train.graph, tensors(state.net)
    arrays = []
    for kind in state.optimizer.histories:

        def value(ref: ParamRef, kind: str = kind) -> Tensor:
            tensor = held[id(ref)]
            histories = state.optimizer.state.get(tensor, {})
            return histories[kind] if kind in histories else torch.zeros_like(tensor)

        blobs = all_to_caffe(graph, value)
        arrays += [blobs[id(ref)] for ref in graph.params]
    return arrays


def updates_of(state: RunState) -> ByRef | None:
    """Return the last update of every parameter, None unless snapshot_diff asks for it."""
    updates, held = state.optimizer.updates, tensors(state.net)
    if updates is None:
        return None
    zeros = {key: torch.zeros_like(tensor) for key, tensor in held.items()}
    return all_to_caffe(state.train.graph, lambda ref: updates.get(held[id(ref)], zeros[id(ref)]))


def extras_of(state: RunState) -> dict[str, Any]:
    """Return what one process remembers beyond Caffe's files, in plain types and tensors."""
    cuda = state.options.device.type == "cuda"
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(state.options.device) if cuda else None,
        "train": state.train.state(),
        "tests": [runner.state() for runner in state.tests],
        "losses": list(state.average.losses),
        "smoothed": state.average.smoothed,
        "seen": state.average.seen,
        "scaler": state.scaler.state_dict(),
        "ema": state.ema.state() if state.ema else None,
    }


def restore(state: RunState, path: str, note: Note) -> None:
    """Put a snapshot back, with the sidecar bit by bit, without it as Caffe does.

    Raises: SolverError, WeightsError, at what does not fit this run's net and method.
    """
    restored = files.read(path)
    solverstate, graph = restored.state, state.train.graph
    shapes = [ref.shape for _ in state.optimizer.histories for ref in graph.params]
    files.check_history(path, solverstate, shapes, state.param.type)
    if restored.model:
        copy_weights(state.train, restored.model, state.log, note)
    state.iter, state.policy.current_step = solverstate.iter, solverstate.current_step
    if not path.endswith(".h5"):
        state.log("sgd_solver.cpp:336", "SGDSolver: restoring history")
    restore_extras(state, path, restored.extras, note)  # the layout first: histories follow it
    restore_history(state, [np.asarray(array) for array in solverstate.history])


def restore_history(state: RunState, history: list[Array]) -> None:
    """Give the method the history of a solverstate: one kind after another, in Caffe's shapes."""
    graph, held = state.train.graph, tensors(state.net)
    count = len(graph.params)
    histories = []
    for k in range(len(state.optimizer.histories)):
        part = history[k * count : (k + 1) * count]
        arrays: ByRef = {id(ref): a for ref, a in zip(graph.params, part, strict=True)}
        histories.append(all_to_torch(graph, arrays))
    trained = {id(p) for group in state.optimizer.param_groups for p in group["params"]}
    refs = [ref for ref in graph.params if id(held[id(ref)]) in trained]
    state.optimizer.restore(
        [held[id(ref)] for ref in refs],
        [kind[id(ref)] for kind in histories for ref in refs],
        state.iter,
    )


def restore_extras(state: RunState, path: str, extras: files.Extras | None, note: Note) -> None:
    """Put back what Caffe forgets; tell what cannot be, and what was different."""
    if extras is None or len(extras["ranks"]) != state.ranks.world:
        why = "has no file of ours beside it" if extras is None else "was made by other processes"
        note(f"{path} {why}: as in Caffe, the data begins at its first record again")
        return
    if extras["options"] != state.options.record():
        note(f"{path} was made with other options: {extras['options']}")
    try:
        restore_rank(state, extras["ranks"][state.ranks.rank])
    except (LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise WeightsError(
            f"{files.sidecar_of(Path(path))} does not fit this run: {error}",
            hint="remove it to go on as Caffe would, from the beginning of the data",
        ) from None


def restore_rank(state: RunState, mine: dict[str, Any]) -> None:
    """Put back what `extras_of` returned in this process."""
    torch.set_rng_state(mine["torch"])
    if mine["cuda"] is not None and state.options.device.type == "cuda":
        torch.cuda.set_rng_state(mine["cuda"], state.options.device)
    state.train.restore(mine["train"])
    for runner, place in zip(state.tests, mine["tests"], strict=False):
        runner.restore(place)
    size = state.param.average_loss
    state.carried = Average(size, mine["losses"], mine["smoothed"], mine["seen"])
    if mine["scaler"]:
        state.scaler.load_state_dict(mine["scaler"])
    if state.ema and mine.get("ema"):
        state.ema.restore(mine["ema"])
