"""A net as the PyTorch file that a user would have written: the grouped source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from caffe2torch.config.preprocessing import Preprocessing
from caffe2torch.convert.grouped.arrange import STRATEGIES, Arrangement, arrange
from caffe2torch.convert.grouped.class_names import camel
from caffe2torch.convert.grouped.classes import NetClass, block_class, paths
from caffe2torch.convert.grouped.folding import Folding, fold
from caffe2torch.convert.grouped.preprocess import entry, preprocess
from caffe2torch.convert.grouped.sharing import is_permissive, sharing
from caffe2torch.convert.grouped.steps import Flow, flow, helper_names
from caffe2torch.graph.model import Graph
from caffe2torch.module.emit import emit
from caffe2torch.module.helpers import helper_source, import_lines
from caffe2torch.module.names import bare, class_name

NAMED = '''def named(*layers: tuple[str, nn.Module]) -> nn.Sequential:
    """Layers one after the other, by name."""
    return nn.Sequential(OrderedDict(layers))
'''


@dataclass(frozen=True)
class Source:
    """The text of a file and the class in it.

    folded: step name -> which BatchNorm torch's own became
    paths:  step name -> the path of its submodule; {} where that is the layer's own name
    """

    text: str
    class_name: str
    folded: dict[str, Folding]
    paths: dict[str, str] = field(default_factory=dict)


def grouped(
    graph: Graph,
    faithful: bool = False,
    prepare: Preprocessing | None = None,
    weights: str = "safetensors",
) -> Source:
    """The file of a graph, arranged in the way that takes the fewest lines.

    faithful: keep BatchNorm and Scale as Caffe has them
    prepare:  how the net takes images; with it the file classifies them when it is run
    weights:  suffix of the file that then holds the weights
    """
    steps, folded = (flow(graph), {}) if faithful else fold(flow(graph))
    if is_permissive(steps) or not graph.memory.follows_names(graph.outputs):
        return Source(emit(graph), class_name(graph), {})
    name, shared = _free(camel(graph.name), steps), sharing(steps)
    extra = [preprocess(prepare), entry(steps, name, weights)] if prepare else []
    arranged = [arrange(steps, shared, strategy, name) for strategy in STRATEGIES]
    pairs = [(_text(one, name, extra), one) for one in arranged]
    text, best = min(pairs, key=lambda pair: pair[0].count("\n"))
    return Source(text, name, folded, paths(best))


def _free(name: str, steps: Flow) -> str:
    taken = helper_names(steps.steps) | {"F", "Any", "Callable", "OrderedDict"}
    return f"{name}Net" if name in taken else name


def _text(arranged: Arrangement, name: str, extra: Sequence[str]) -> str:
    pieces = [helper.rstrip("\n") for helper in _helpers(arranged)]
    classes = ["\n".join(block_class(one)) for one in arranged.classes]
    net_class = "\n".join(NetClass(arranged, name).text())
    if any(" named(" in text for text in (*classes, net_class)):
        pieces.append(NAMED.rstrip("\n"))
    pieces += [*classes, net_class, *extra]
    body = "\n\n\n".join(pieces) + "\n"
    return f'"""{_docstring(arranged.flow.graph)}"""\n\n{import_lines(body)}\n\n{body}'


def _docstring(graph: Graph) -> str:
    name = bare(graph.name)
    what = f"{name}{', in training' if graph.train else ''}," if name else "A net"
    return f"{what} converted from Caffe by caffe2torch."


def _helpers(arranged: Arrangement) -> list[str]:
    helpers = dict.fromkeys(helper for step in arranged.flow.steps for helper in step.helpers)
    return [_clean(helper_source(helper)) for helper in helpers]


def _clean(text: str) -> str:
    """A helper's text without what only its own file needs."""
    text = re.sub(r"  # type: ignore.*", "", text)
    return re.sub(r"\n{3,}(?= )", "\n\n", text)
