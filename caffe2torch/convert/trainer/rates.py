"""The rate policies as plain Python expressions of `iteration`."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.layers.code import literal, number


def rate(param: pb.SolverParameter) -> list[str]:
    """The lines of a function `rate(iteration)`; the policy must be one that Caffe knows."""
    base, gamma, power = map(number, (param.base_lr, param.gamma, param.power))
    step = param.stepsize
    values = literal(tuple(param.stepvalue))
    forms = {
        "fixed": base,
        "step": f"{base} * {gamma} ** (iteration // {step})",
        "exp": f"{base} * {gamma}**iteration",
        "inv": f"{base} * (1 + {gamma} * iteration) ** -{power}",
        "multistep": f"{base} * {gamma} ** sum(iteration >= step for step in {values})",
        "poly": f"{base} * (1 - iteration / {param.max_iter}) ** {power}",
        "sigmoid": f"{base} / (1 + math.exp(-{gamma} * (iteration - {step})))",
    }
    return [
        "def rate(iteration: int) -> float:",
        f'    """The policy "{param.lr_policy}"."""',
        f"    return {forms[param.lr_policy]}",
    ]
