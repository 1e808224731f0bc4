"""The update methods as plain torch code for one parameter `p` with the gradient `g`."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.methods import METHODS
from caffe2torch.layers.code import number

DOCS = {
    "SGD": "The rate is inside the velocity, as in Caffe: torch.optim.SGD differs when it changes.",
    "Nesterov": "Nesterov's momentum with the rate inside the velocity, as in Caffe.",
    "AdaGrad": "AdaGrad: the step shrinks with all squares so far.",
    "RMSProp": "RMSProp: the step shrinks with the recent squares.",
    "AdaDelta": "AdaDelta, whose decay is Caffe's momentum, times the rate.",
    "Adam": "Adam; delta is not corrected for the bias, as it is in torch.optim.Adam.",
}


def update(param: pb.SolverParameter) -> list[str]:
    """The lines of a function `update(net, state, iteration)`."""
    count = len(METHODS[param.type].histories)
    zeros = ", ".join(["torch.zeros_like(p)"] * count)
    return [
        "@torch.no_grad()",
        "def update(net: nn.Module, state: dict, iteration: int) -> None:",
        f'    """{DOCS[param.type]}"""',
        "    params = {name: p for name, p in net.named_parameters() if p.grad is not None}",
        *_clipped(param),
        "    for name, p in params.items():",
        "        lr_mult, decay_mult = multipliers(net, name)",
        f"        g, lr = p.grad{_mean(param)}, rate(iteration) * lr_mult",
        *_decayed(param),
        f"        {_names(count)} = state.setdefault(name, [{zeros}])",
        *(f"        {line}" for line in _rule(param)),
        "    net.zero_grad()",
    ]


def _names(count: int) -> str:
    return "[h]" if count == 1 else "h, s"


def _mean(param: pb.SolverParameter) -> str:
    return f" / {param.iter_size}" if param.iter_size > 1 else ""


def _clipped(param: pb.SolverParameter) -> list[str]:
    if param.clip_gradients < 0:
        return []
    return [
        f"    torch.nn.utils.clip_grad_norm_(params.values(), {number(param.clip_gradients)})",
    ]


def _decayed(param: pb.SolverParameter) -> list[str]:
    if not param.weight_decay:
        return []
    of = "p.sign()" if param.regularization_type == "L1" else "p"
    return [f"        g = g + {number(param.weight_decay)} * decay_mult * {of}"]


def _rule(param: pb.SolverParameter) -> list[str]:
    momentum, delta = number(param.momentum), number(param.delta)
    rest = number(1 - param.momentum)
    second, decay = number(param.momentum2), number(param.rms_decay)
    rules = {
        "SGD": [f"h.mul_({momentum}).add_(g, alpha=lr)", "p -= h"],
        "Nesterov": [
            "before = h.clone()",
            f"h.mul_({momentum}).add_(g, alpha=lr)",
            f"p -= (1 + {momentum}) * h - {momentum} * before",
        ],
        "AdaGrad": ["h.addcmul_(g, g)", f"p -= lr * g / (h.sqrt() + {delta})"],
        "RMSProp": [
            f"h.mul_({decay}).addcmul_(g, g, value=1 - {decay})",
            f"p -= lr * g / (h.sqrt() + {delta})",
        ],
        "AdaDelta": [
            f"h.mul_({momentum}).addcmul_(g, g, value={rest})",
            f"step = g * ((s + {delta}) / (h + {delta})).sqrt()",
            f"s.mul_({momentum}).addcmul_(step, step, value={rest})",
            "p -= lr * step",
        ],
        "Adam": [
            f"h.mul_({momentum}).add_(g, alpha={rest})",
            f"s.mul_({second}).addcmul_(g, g, value=1 - {second})",
            f"correction = (1 - {second} ** (iteration + 1)) ** 0.5 / "
            f"(1 - {momentum} ** (iteration + 1))",
            f"p -= lr * correction * h / (s.sqrt() + {delta})",
        ],
    }
    return rules[param.type]
