"""caffe.SGDSolver and its kin: training step by step, with everything open to the program.

Source: Caffe src/caffe/solver.cpp (Init, Step, Solve, Test, Snapshot); src/caffe/solvers/
sgd_solver.cpp (ApplyUpdate, SnapshotSolverState); python/caffe/_caffe.cpp
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from caffe2torch.pycaffe import settings
from caffe2torch.pycaffe.arguments import Compiled, file_path, whole
from caffe2torch.pycaffe.files import check_file
from caffe2torch.pycaffe.net import Net

if TYPE_CHECKING:
    from caffe2torch import caffe_pb2 as pb
    from caffe2torch.pycaffe.updating import Updater

Notify = Callable[[], Any]


class Solver(Compiled):
    """Trains a net as a solver file says; parameters may be changed between steps.

    Raises: RuntimeError if the file cannot be opened; TypeError for arguments of other types;
    C2TError for what Caffe stops at.
    """

    _type: ClassVar[str] = ""

    def __init__(self, solver_file: str) -> None:
        solver_file = file_path(solver_file, "solver_file")
        check_file(solver_file)
        from caffe2torch.format.upgrade import read_solver

        solver = read_solver(solver_file)
        if self._type:
            solver.message.type = self._type  # the class decides, not the file
        self._start(solver)

    def _start(self, solver: Any) -> None:
        from caffe2torch.config import checks
        from caffe2torch.config.project import Project
        from caffe2torch.pycaffe.updating import Updater

        self._solver, self._param = solver, solver.message
        checks.set_prefix(solver)
        project = Project.of(solver)
        project.refuse()
        checks.check_writable(solver)
        if self._param.random_seed >= 0:
            settings.set_random_seed(self._param.random_seed + settings.solver_rank())
        for note in project.notes(project.train, *project.tests):
            self._log(note, 0, "caffe2torch")
        self._net = Net._in_state(project.train.net, project.train.state)
        self._test_nets = [Net._in_state(test.net, test.state) for test in project.tests]
        self._load_weights()
        self._iter = 0
        self._callbacks: list[tuple[Notify, Notify]] = []
        self._losses: list[np.float32] = []
        self._smoothed = np.float32(0)
        self._clock, self._shown = time.perf_counter(), 0
        self._updater: Updater = Updater(solver, self._net._assembly.learnable())

    def _load_weights(self) -> None:
        from caffe2torch.data.paths import resolve

        base = str(Path(self._solver.file).parent)
        for listed in self._param.weights:
            for path in listed.split(","):
                for net in (self._net, *self._test_nets):
                    net.copy_from(resolve(path.strip(), base))

    @property
    def net(self) -> Net:
        """The net that is trained."""
        return self._net

    @property
    def test_nets(self) -> list[Net]:
        """The nets that are tested; they take over the trained weights with each test."""
        return self._test_nets

    @property
    def iter(self) -> int:
        """How many updates have been done."""
        return self._iter

    @property
    def param(self) -> pb.SolverParameter:
        """The solver file as a message; a change of base_lr counts from the next update on.

        Differs: all fields can be read, in Caffe five
        """
        param: pb.SolverParameter = self._param
        return param

    @property
    def lr(self) -> float:
        """The learning rate of the next update."""
        return self._updater.rate(self._iter)

    def add_callback(self, on_start: Notify, on_gradients_ready: Notify) -> None:
        """Call the one before each iteration's forward, the other before each update."""
        self._callbacks.append((on_start, on_gradients_ready))

    def step(self, iters: int) -> None:
        """Run `iters` iterations: test where it is due, forward and backward, update, snapshot."""
        start, stop = self._iter, self._iter + whole(iters, "iters")
        self._losses, self._smoothed = [], np.float32(0)
        self._clock = time.perf_counter()
        param = self._param
        while self._iter < stop:
            self._net.clear_param_diffs()
            if self._due(param.test_interval) and (self._iter or param.test_initialization):
                self._test_all()
            for on_start, _ in self._callbacks:
                on_start()
            loss = self._forward_backward()
            self._smooth(loss, start)
            if self._due(param.display):
                self._show()
            for _, on_gradients_ready in self._callbacks:
                on_gradients_ready()
            self.apply_update()
            if self._due(param.snapshot) and settings.solver_rank() == 0:
                self.snapshot()

    def solve(self, resume_file: str | None = None) -> None:
        """Train up to max_iter, from a snapshot if one is given, and test at the end."""
        param = self._param
        self._log(f"Solving {self._net._graph.name}", 289)
        self._log(f"Learning Rate Policy: {param.lr_policy}", 290)
        if resume_file:
            self._log(f"Restoring previous solver status from {resume_file}", 296)
            self.restore(resume_file)
        start = self._iter
        self.step(param.max_iter - self._iter)
        written = bool(param.snapshot) and self._due(param.snapshot)
        if param.snapshot_after_train and not written:
            self.snapshot()
        if self._due(param.display):
            self._smooth(self._run(self._net), start)
            self._log(f"Iteration {self._iter}, loss = {self._smoothed:.6g}", 327)
        if self._due(param.test_interval):
            self._test_all()
        self._log("Optimization Done.", 332)

    def apply_update(self) -> None:
        """Change the weights by what stands in their diffs, and count an iteration."""
        if self._due(self._param.display):
            self._log(f"Iteration {self._iter}, lr = {self.lr:.6g}", 105, "sgd_solver.cpp")
        self._updater.update(self._iter)
        self._iter += 1

    def share_weights(self, net: Net) -> None:
        """Let another net use the weights that are trained here."""
        net.share_with(self._net)

    def snapshot(self) -> None:
        """Write weights and solver state, named after snapshot_prefix and the iteration."""
        from caffe2torch.pycaffe.snapshot import write_snapshot

        model, state = write_snapshot(self._param, self._iter, self._net._assembly, self._updater)
        kind = "HDF5" if model.endswith(".h5") else "binary proto"
        self._log(f"Snapshotting to {kind} file {model}", 464)
        text = f"Snapshotting solver state to {kind} file {state}"
        self._log(text, 284, "sgd_solver.cpp")

    def restore(self, state_file: str) -> None:
        """Go on from a snapshot: a .solverstate or .solverstate.h5. Raises: C2TError."""
        from caffe2torch.pycaffe.snapshot import read_snapshot

        self._iter = read_snapshot(state_file, self._net._assembly, self._updater)

    def _due(self, interval: int) -> bool:
        return bool(interval) and self._iter % interval == 0

    def _forward_backward(self) -> np.float32:
        size: int = self._param.iter_size
        loss: np.float32 = np.float32(0)
        for _ in range(size):
            loss += self._run(self._net)
            self._net._backward(len(self._net.layers) - 1, 0)
        mean: np.float32 = np.float32(loss / np.float32(size))
        return mean

    @staticmethod
    def _run(net: Net) -> np.float32:
        loss: np.float32 = np.float32(net._forward(0, len(net.layers) - 1))
        return loss

    def _smooth(self, loss: np.float32, start: int) -> None:
        """Take a loss into the mean of the last average_loss (Solver::UpdateSmoothedLoss)."""
        window = self._param.average_loss
        if len(self._losses) < window:
            self._losses.append(loss)
            size = np.float32(len(self._losses))
            self._smoothed = (self._smoothed * (size - 1) + loss) / size
        else:
            place = (self._iter - start) % window
            self._smoothed += (loss - self._losses[place]) / np.float32(window)
            self._losses[place] = loss

    def _show(self) -> None:
        lapse = time.perf_counter() - self._clock
        rate = (self._iter - self._shown) / (lapse or 1)
        self._log(
            f"Iteration {self._iter} ({rate:.6g} iter/s, {lapse:.6g}s/{self._param.display} iters)"
            f", loss = {self._smoothed:.6g}",
            239,
        )
        self._clock, self._shown = time.perf_counter(), self._iter
        self._show_scores("Train", self._net, [self._net.blobs[n].data for n in self._net.outputs])

    def _show_scores(self, phase: str, net: Net, values: list[Any]) -> None:
        number = 0
        for name, array in zip(net.outputs, values, strict=True):
            weight = net.blob_loss_weights[name]
            for value in np.ravel(array):
                weighted = f" (* {weight:.6g} = {weight * value:.6g} loss)" if weight else ""
                self._log(f"    {phase} net output #{number}: {name} = {value:.6g}{weighted}", 258)
                number += 1

    def _test_all(self) -> None:
        for index in range(len(self._test_nets)):
            self._test(index)

    def _test(self, index: int) -> None:
        """Run test_iter batches of a test net and show the means of its outputs."""
        self._log(f"Iteration {self._iter}, Testing net (#{index})", 347)
        net, batches = self._test_nets[index], self._param.test_iter[index]
        net.share_with(self._net)
        loss, sums = np.float32(0), [np.float32(0)] * len(net.outputs)
        for _ in range(batches):
            loss += self._run(net)
            values = [net.blobs[name].data for name in net.outputs]
            sums = [total + value for total, value in zip(sums, values, strict=True)]
        if self._param.test_compute_loss:
            self._log(f"Test loss: {np.float32(loss) / np.float32(batches):.6g}", 401)
        with np.errstate(invalid="ignore"):  # of no batches, as in Caffe
            self._show_scores("Test", net, [total / np.float32(batches) for total in sums])

    @staticmethod
    def _log(text: str, line: int, file: str = "solver.cpp") -> None:
        settings.log(text, place=f"{file}:{line}")


class SGDSolver(Solver):
    """Gradient descent with momentum."""

    _type = "SGD"


class NesterovSolver(SGDSolver):
    """Nesterov's accelerated gradient."""

    _type = "Nesterov"


class AdaGradSolver(SGDSolver):
    """AdaGrad."""

    _type = "AdaGrad"


class RMSPropSolver(SGDSolver):
    """RMSProp."""

    _type = "RMSProp"


class AdaDeltaSolver(SGDSolver):
    """AdaDelta."""

    _type = "AdaDelta"


class AdamSolver(SGDSolver):
    """Adam."""

    _type = "Adam"


KINDS = (SGDSolver, NesterovSolver, AdaGradSolver, RMSPropSolver, AdaDeltaSolver, AdamSolver)


def get_solver(solver_file: str) -> Solver:
    """Return a solver of the class that the file's `type` (or solver_type) names.

    Raises: as Solver does; SolverError for a type that is not known.
    """
    solver_file = file_path(solver_file, "solver_file")
    check_file(solver_file)
    from caffe2torch.format.upgrade import read_solver

    solver = read_solver(solver_file)
    kind = next((kind for kind in KINDS if kind._type == solver.message.type), Solver)
    instance = kind.__new__(kind)
    instance._start(solver)
    return instance
