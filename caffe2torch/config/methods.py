"""The update methods as a solver names them: what each reads, keeps and refuses.

The rules themselves need torch and stand in train/methods, one file each.

Source: Caffe src/caffe/solvers/*_solver.cpp and their headers
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.policies.base import Problem


@dataclass(frozen=True)
class MethodFacts:
    """One method.

    fields:   of SolverParameter, that its rule reads
    histories: the arrays that it keeps for each parameter, in the order of a solverstate
    adaptive: it divides by the gradients' own size, so that a step does not grow with them
    momentum: whether Caffe lets it have one
    """

    type: str
    fields: tuple[str, ...]
    histories: tuple[str, ...] = ("history",)
    adaptive: bool = True
    momentum: bool = True

    @property
    def options(self) -> dict[str, float]:
        """The fields with the values that Caffe takes where a solver does not write them."""
        defaults = pb.SolverParameter()
        return {name: getattr(defaults, name) for name in self.fields}

    def problems(self, options: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what Caffe would refuse in the fields of SolverParameter, and a NaN-to-be."""
        kind = options.get("regularization_type", "L2")
        if kind not in ("L1", "L2"):
            yield "regularization_type", f'unknown regularization_type "{kind}"', "known: L1, L2"
        if not self.momentum and options.get("momentum"):
            instead = "; rms_decay is the memory" if "rms_decay" in self.fields else ""
            hint = f"remove the line{instead or ', or use Nesterov or SGD'}"
            yield "momentum", f"{self.type} has no momentum", hint
        decay = (self.options | dict(options)).get("rms_decay", 0.0)
        if "rms_decay" in self.fields and not 0 <= decay < 1:
            yield "rms_decay", f"rms_decay is {decay:g}", "write a number from 0 to below 1"


METHODS = {
    facts.type: facts
    for facts in (
        MethodFacts("SGD", ("momentum",), adaptive=False),
        MethodFacts("Nesterov", ("momentum",), adaptive=False),
        MethodFacts("AdaGrad", ("momentum", "delta"), momentum=False),
        MethodFacts("RMSProp", ("momentum", "rms_decay", "delta"), momentum=False),
        MethodFacts("AdaDelta", ("momentum", "delta"), ("gradients", "updates")),
        MethodFacts("Adam", ("momentum", "momentum2", "delta"), ("mean", "square")),
    )
}
"""By the solver's `type`."""

ADAPTIVE = frozenset(facts.type for facts in METHODS.values() if facts.adaptive)
"""Methods that divide a step by its own size, so that momentum and rate mean something else."""
