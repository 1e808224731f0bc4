"""lr_mult and decay_mult as a dict and the function that looks a parameter up in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from caffe2torch.convert.grouped.steps import flow
from caffe2torch.graph.model import Graph
from caffe2torch.layers.code import number, quoted
from caffe2torch.module.names import module_names

Pair = tuple[float, float]

BY_LAYER = '''
def multipliers(net: nn.Module, name: str) -> tuple[float, float]:
    """lr_mult and decay_mult of a parameter, by name or by kind."""
    return MULTIPLIERS.get(name) or MULTIPLIERS[name.split(".")[-1]]
'''
BY_CLASS = '''
def multipliers(net: nn.Module, name: str) -> tuple[float, float]:
    """lr_mult and decay_mult of a parameter, by name, by the module's class, or by kind."""
    path, _, key = name.rpartition(".")
    kind = type(net.get_submodule(path)).__name__
    return MULTIPLIERS.get(name) or MULTIPLIERS.get(f"{kind}.{key}") or MULTIPLIERS[key]
'''


def multipliers(graph: Graph, paths: Mapping[str, str]) -> tuple[str, str]:
    """The dict as one line, and the function.

    paths: step name -> path of its submodule in the module that is trained
    """
    pairs = _pairs(graph, paths)
    classes = {paths.get(s.name, s.name): _class(s.init) for s in flow(graph).steps}

    def by_class(name: str) -> str:
        return f"{classes.get(name.rpartition('.')[0], '')}.{_key(name)}"

    common, kinds = _commonest(pairs, _key), _commonest(pairs, by_class)
    kinds = {kind: pair for kind, pair in kinds.items() if common[_key(kind)] != pair}
    kinds = {kind: pair for kind, pair in kinds.items() if kind[0] != "." and kind not in pairs}
    plain = {name: pair for name, pair in pairs.items() if common[_key(name)] != pair}
    others = {
        name: pair
        for name, pair in pairs.items()
        if kinds.get(by_class(name), common[_key(name)]) != pair
    }
    if len(kinds) + len(others) >= len(plain):
        return _dict(common | plain), BY_LAYER
    return _dict(common | kinds | others), BY_CLASS


def _pairs(graph: Graph, paths: Mapping[str, str]) -> dict[str, Pair]:
    """lr_mult and decay_mult of every parameter that is learnt, by its name in the module."""
    return {
        f"{paths.get(name, name)}.{ref.key}": (ref.lr_mult, ref.decay_mult)
        for node, name in zip(graph.nodes, module_names(graph), strict=True)
        for ref in node.params
        if ref.owner is None and ref.blob.learnable
    }


def _commonest(pairs: Mapping[str, Pair], group: Callable[[str], str]) -> dict[str, Pair]:
    """The pair that most of each group have."""
    counts: dict[str, Counter[Pair]] = {}
    for name, pair in pairs.items():
        counts.setdefault(group(name), Counter())[pair] += 1
    return {key: counter.most_common(1)[0][0] for key, counter in counts.items()}


def _key(name: str) -> str:
    return name.rpartition(".")[2]


def _class(init: str) -> str:
    """The class that a constructor call makes."""
    return init.partition("(")[0].rpartition(".")[2]


def _dict(pairs: Mapping[str, Pair]) -> str:
    items = (f"{quoted(k)}: ({number(a)}, {number(b)})" for k, (a, b) in pairs.items())
    return "{" + ", ".join(items) + "}"
