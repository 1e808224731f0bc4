"""What Caffe refuses once it starts, though every file can be read and every net be built.

Source: Caffe src/caffe/solver.cpp, Init and InitTrainNet; include/caffe/solver_factory.hpp,
CreateSolver; Backward_cpu of the layers that have none
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches

from caffe2torch.config import checks
from caffe2torch.config.files import Unavailable
from caffe2torch.errors import C2TError, SolverError
from caffe2torch.format.upgrade import Solver
from caffe2torch.graph.model import Graph
from caffe2torch.lint.context import Context

METHODS = ("SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam")
TRAINED = ("net", "net_param", "train_net", "train_net_param")


def note(context: Context) -> None:
    """Add the refusals to the context's failures."""
    if not context.readable:
        return
    found = list(_solver(context.solver)) if context.is_solver else []
    with suppress(Unavailable):
        found += _backward(context.train.graph)
    known = {str(error) for error in context.failures}
    context.failures += [error for error in found if str(error) not in known]


def _backward(graph: Graph) -> Iterator[C2TError]:
    """A gradient that some layer cannot give; forks of Caffe cut gradients by other rules."""
    if any(node.layer.origin != "bvlc" for node in graph.nodes):
        return
    try:
        graph.require_backward()
    except C2TError as error:
        yield error


def _solver(solver: Solver) -> Iterator[C2TError]:
    message = solver.message
    nets = [name for name in TRAINED if message.HasField(name)]
    if len(nets) > 1:
        yield SolverError(
            f"the solver names its net more than once: {', '.join(nets)}",
            span=solver.span(nets[1]),
            hint="keep one of them",
        )
    near = get_close_matches(message.type.lower(), [m.lower() for m in METHODS], n=1)
    if message.type.lower() not in {m.lower() for m in METHODS}:  # another case: C2T508
        hint = next((f'did you mean "{m}"?' for m in METHODS if m.lower() in near), "")
        yield SolverError(
            f'unknown solver type "{message.type}"',
            span=solver.span("type"),
            hint=hint or f"known: {', '.join(METHODS)}",
        )
    try:
        checks.check(solver)
    except C2TError as error:
        yield error
