"""Snapshots of a running solver: what is gathered into one, and what is put back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from caffe2torch.graph import ParamRef
from caffe2torch.module.blobs import ByRef, all_to_caffe, all_to_torch, tensors
from caffe2torch.train import prepare, resume, snapshot
from caffe2torch.train.average import Average

if TYPE_CHECKING:
    from caffe2torch.train.loop import Solver


def save(solver: Solver) -> str:
    """Write a snapshot where snapshot_prefix says; return the path of its solverstate."""
    param = solver.param
    hdf5 = param.snapshot_format == param.HDF5
    names = snapshot.Names.at(param.snapshot_prefix, solver.iter, hdf5)
    solver.display.take_losses()
    extras = solver.ranks.gather(_extras(solver))
    if not solver.ranks.first:
        return names.state
    held = tensors(solver.net)
    graph = solver.train.graph
    model, state = (474, 296) if hdf5 else (464, 284)
    kind = "HDF5 file" if hdf5 else "binary proto file"
    solver.log(f"solver.cpp:{model}", f"Snapshotting to {kind} {names.model}")
    diffs = None
    if solver.optimizer.updates is not None:
        updates = solver.optimizer.updates
        zeros = {key: torch.zeros_like(tensor) for key, tensor in held.items()}
        diffs = all_to_caffe(graph, lambda ref: updates.get(held[id(ref)], zeros[id(ref)]))
    snapshot.write(
        names,
        graph,
        all_to_caffe(graph, lambda ref: held[id(ref)]),
        _history(solver),
        solver.iter,
        solver.policy.current_step,
        {"iter": solver.iter, "options": solver.options.record(), "ranks": extras},
        diffs,
    )
    text = f"Snapshotting solver state to {kind} {names.state}"
    solver.log(f"sgd_solver.cpp:{state}", text)
    return names.state


def _history(solver: Solver) -> list[np.ndarray[Any, Any]]:
    """Return the method's state in Caffe's order; what is not trained has zeros."""
    graph, held = solver.train.graph, tensors(solver.net)
    arrays = []
    for slot in solver.optimizer.slots:

        def value(ref: ParamRef, slot: str = slot) -> torch.Tensor:
            tensor = held[id(ref)]
            state = solver.optimizer.state.get(tensor, {})
            return state[slot] if slot in state else torch.zeros_like(tensor)

        blobs = all_to_caffe(graph, value)
        arrays += [blobs[id(ref)] for ref in graph.params]
    return arrays


def _extras(solver: Solver) -> dict[str, Any]:
    """Return what one process has to remember beyond Caffe's files, in plain types and tensors."""
    cuda = solver.options.device.type == "cuda"
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(solver.options.device) if cuda else None,
        "train": solver.train.state(),
        "tests": [runner.state() for runner in solver.tests],
        "losses": list(solver.average.losses),
        "smoothed": solver.average.smoothed,
        "seen": solver.average.seen,
        "scaler": solver.scaler.state_dict(),
    }


def restore(solver: Solver, path: str) -> None:
    """Put a snapshot back, with the sidecar bit by bit, without it as Caffe does.

    Raises: SolverError, WeightsError, at what does not fit this solver's net and method.
    """
    found = resume.read(path)
    state, graph = found.state, solver.train.graph
    shapes = [ref.shape for _ in solver.optimizer.slots for ref in graph.params]
    resume.check_history(path, state, shapes, solver.param.type)
    if found.model:
        prepare.copy(solver, found.model, solver.train)
    solver.iter, solver.policy.current_step = state.iter, state.current_step
    if not path.endswith(".h5"):
        solver.log("sgd_solver.cpp:336", "SGDSolver: restoring history")
    _restore_history(solver, [np.asarray(array) for array in state.history])
    _restore_extras(solver, path, found.extras)


def _restore_history(solver: Solver, history: list[np.ndarray[Any, Any]]) -> None:
    graph, held = solver.train.graph, tensors(solver.net)
    count = len(graph.params)
    values = []
    for k in range(len(solver.optimizer.slots)):
        part = history[k * count : (k + 1) * count]
        arrays: ByRef = {id(ref): a for ref, a in zip(graph.params, part, strict=True)}
        values.append(all_to_torch(graph, arrays))
    known = {id(p) for group in solver.optimizer.param_groups for p in group["params"]}
    refs = [ref for ref in graph.params if id(held[id(ref)]) in known]
    solver.optimizer.restore(
        [held[id(ref)] for ref in refs],
        [slot[id(ref)] for slot in values for ref in refs],
        solver.iter,
    )


def _restore_extras(solver: Solver, path: str, extras: snapshot.Extras | None) -> None:
    if extras is None or len(extras["ranks"]) != solver.ranks.world:
        why = "has no file of ours beside it" if extras is None else "was made by other processes"
        solver.note(f"{path} {why}: as in Caffe, the data begins at its first record again")
        return
    if extras["options"] != solver.options.record():
        solver.note(f"{path} was made with other options: {extras['options']}")
    mine = extras["ranks"][solver.ranks.rank]
    torch.set_rng_state(mine["torch"])
    if mine["cuda"] is not None and solver.options.device.type == "cuda":
        torch.cuda.set_rng_state(mine["cuda"], solver.options.device)
    solver.train.restore(mine["train"])
    for runner, state in zip(solver.tests, mine["tests"], strict=False):
        runner.restore(state)
    solver.carried = Average(
        solver.param.average_loss, mine["losses"], mine["smoothed"], mine["seen"]
    )
    if mine["scaler"]:
        solver.scaler.load_state_dict(mine["scaler"])


def carried_average(solver: Solver) -> Average | None:
    """Return the window of losses that a restore brought along, once."""
    carried, solver.carried = solver.carried, None
    fits = carried is not None and len(carried.losses) <= solver.param.average_loss
    return carried if fits else None
