"""caffe.draw: a net as a Graphviz graph of layers and blobs, labelled as Caffe labels it.

Where Graphviz is installed its `dot` makes the picture; else the drawing is that of `c2t draw`.

Source: Caffe python/caffe/draw.py
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from caffe2torch import caffe_pb2 as pb

Style = dict[str, str]

LAYER_STYLE_DEFAULT: Style = {"shape": "record", "fillcolor": "#6495ED", "style": "filled"}
NEURON_LAYER_STYLE: Style = {"shape": "record", "fillcolor": "#90EE90", "style": "filled"}
BLOB_STYLE: Style = {"shape": "octagon", "fillcolor": "#E0E0E0", "style": "filled"}
COLOURS = {
    "Convolution": "#FF5050",
    "Deconvolution": "#FF5050",
    "Pooling": "#FF9900",
    "InnerProduct": "#CC33FF",
}
LEARNING = ("Convolution", "Deconvolution", "InnerProduct")
TEXTS = ("raw", "dot", "gv")


@dataclass
class Graph:
    """A graph in Graphviz's language: what get_pydot_graph returns."""

    name: str
    rankdir: str
    message: pb.NetParameter
    phase: int | None = None
    nodes: dict[str, Style] = field(default_factory=dict)
    edges: list[tuple[str, str, str]] = field(default_factory=list)

    def to_string(self) -> str:
        """The text of the graph."""
        lines = [f"digraph {_quoted(self.name)} {{", f"rankdir={self.rankdir};"]
        for name, style in self.nodes.items():
            settings = ", ".join(f"{key}={_quoted(value)}" for key, value in style.items())
            lines.append(f"{_quoted(name)} [{settings}];")
        for tail, head, label in self.edges:
            lines.append(f"{_quoted(tail)} -> {_quoted(head)} [label={_quoted(label)}];")
        return "\n".join([*lines, "}"]) + "\n"

    def create(self, prog: str = "dot", format: str = "png") -> bytes:
        """The graph as the bytes of a file of this kind.

        Raises: OSError if Graphviz fails; UnsupportedError without Graphviz for a kind that
        `c2t draw` does not write.
        """
        if format in TEXTS:
            return self.to_string().encode()
        program = shutil.which(prog)
        if program is None:
            return _drawn(self.message, self.rankdir, self.phase, format)
        done = subprocess.run(
            [program, f"-T{format}"], input=self.to_string().encode(), capture_output=True
        )
        if done.returncode:
            raise OSError(f"Graphviz failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def write(self, path: str, prog: str = "dot", format: str = "raw") -> bool:
        """Write the graph into a file."""
        from caffe2torch.atomic import replacing

        with replacing(path) as aside:
            aside.write_bytes(self.create(prog, format))
        return True

    def write_png(self, path: str) -> bool:
        """Write the graph as a PNG picture."""
        return self.write(path, format="png")


def _quoted(text: str) -> str:
    r"""A string of the language, in which a label's \n stays what it is."""
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return '"' + inner.replace('"', '\\"') + '"'


def _drawn(message: pb.NetParameter, rankdir: str, phase: int | None, kind: str) -> bytes:
    from caffe2torch.draw import compose, formats, scene, subject
    from caffe2torch.format import upgrade

    net = upgrade.net_from_message(message)
    name = "ALL" if phase is None else pb.Phase.Name(phase)
    phases = subject.PHASES if phase is None else (name,)
    from caffe2torch.graph import net_state

    states = {p: net_state(net, p) for p in phases}
    picture = compose.compose(subject.Subject(net, states, phase is None))
    return formats.render(scene.lay_out(picture, rankdir), kind)


def get_pooling_types_dict() -> dict[int, str]:
    """Return the numbers of the pooling methods and their names.

    Differs: forks' methods are among them
    """
    return {number: name for name, number in pb.PoolingParameter.PoolMethod.items()}


def get_edge_label(layer: pb.LayerParameter) -> str:
    """Return what stands at the arrows out of a layer: its number of outputs, or the batch."""
    if layer.type == "Data":
        return f"Batch {layer.data_param.batch_size}"
    if layer.type in ("Convolution", "Deconvolution"):
        return str(layer.convolution_param.num_output)
    if layer.type == "InnerProduct":
        return str(layer.inner_product_param.num_output)
    return '""'


def get_layer_lr_mult(layer: pb.LayerParameter) -> tuple[float, float]:
    """Return the lr_mult of weight and bias.

    Raises: ValueError for a layer that is no convolution or inner product, or has more of them.
    """
    if layer.type not in LEARNING:
        raise ValueError(f"{layer.type} layers do not have a learning rate multiplier")
    if len(layer.param) > 2:
        raise ValueError("Could not parse the learning rate multiplier")
    first, second = [*(p.lr_mult for p in layer.param), 1.0, 1.0][:2]
    return first, second


def get_layer_label(layer: pb.LayerParameter, rankdir: str, display_lrm: bool = False) -> str:
    """Return the text in a layer's box, in quotes: name, type and sizes.

    display_lrm: with the learning rate multipliers, unless both are 0
    """
    separator = " " if rankdir in ("TB", "BT") else r"\n"
    kind = layer.type
    if kind == "Pooling":
        kind += f" {get_pooling_types_dict()[layer.pooling_param.pool]}"
    parts = [layer.name, f"({kind})"]
    window = _window(layer)
    if window is not None:
        names = ("kernel size", "stride", "pad")
        sizes = [f"{n}: {size}" for n, size in zip(names, window, strict=True)]
        parts.append(separator.join(sizes))
    if display_lrm and layer.type in LEARNING:
        rates = get_layer_lr_mult(layer)
        if any(rates):
            parts.append("lr mult: {:.1f}, {:.1f}".format(*rates))
    return f'"{separator.join(parts)}"'


def _window(layer: pb.LayerParameter) -> tuple[int, int, int] | None:
    """Kernel size, stride and pad; those written as _h and _w do not show, as in Caffe."""
    if layer.type == "Pooling":
        pooling = layer.pooling_param
        return pooling.kernel_size, pooling.stride, pooling.pad
    if layer.type in ("Convolution", "Deconvolution"):
        conv: Any = layer.convolution_param
        return (*conv.kernel_size, 1)[0], (*conv.stride, 1)[0], (*conv.pad, 0)[0]
    return None


def choose_color_by_layertype(layertype: str) -> str:
    """Return the colour of a layer's box."""
    return COLOURS.get(layertype, LAYER_STYLE_DEFAULT["fillcolor"])


def _included(net: pb.NetParameter, phase: int | None) -> Iterator[pb.LayerParameter]:
    """The layers of a phase, by the rules' phases alone; all for None."""
    for layer in net.layer:
        if phase is None:
            yield layer
            continue
        if layer.include and layer.exclude:
            raise ValueError(f"layer {layer.name} has both include and exclude specified.")
        include = not layer.include or any(rule.phase == phase for rule in layer.include)
        if include and not any(rule.phase == phase for rule in layer.exclude):
            yield layer


def get_pydot_graph(
    caffe_net: pb.NetParameter,
    rankdir: str,
    label_edges: bool = True,
    phase: int | None = None,
    display_lrm: bool = False,
) -> Graph:
    """Return the graph of a net.

    rankdir: LR, TB or BT; phase: caffe.TRAIN or caffe.TEST, None for all layers
    Differs: the graph is a Graph of this module, which has `to_string`, `create` and `write`
    Raises: ValueError for a layer with rules of both kinds.
    """
    graph = Graph(caffe_net.name or "Net", rankdir, caffe_net, phase)
    for layer in _included(caffe_net, phase):
        node = f"{layer.name}_{layer.type}"
        style = dict(LAYER_STYLE_DEFAULT, fillcolor=choose_color_by_layertype(layer.type))
        if len(layer.bottom) == len(layer.top) == 1 and layer.bottom[0] == layer.top[0]:
            style = dict(NEURON_LAYER_STYLE)
        graph.nodes[node] = {"label": get_layer_label(layer, rankdir, display_lrm), **style}
        for blob in layer.bottom:
            graph.nodes[f"{blob}_blob"] = {"label": blob, **BLOB_STYLE}
            graph.edges.append((f"{blob}_blob", node, '""'))
        for blob in layer.top:
            graph.nodes.setdefault(f"{blob}_blob", {"label": blob})
            label = get_edge_label(layer) if label_edges else '""'
            graph.edges.append((node, f"{blob}_blob", label))
    return graph


def draw_net(
    caffe_net: pb.NetParameter,
    rankdir: str,
    ext: str = "png",
    phase: int | None = None,
    display_lrm: bool = False,
) -> bytes:
    """Return the picture of a net as the bytes of a file of the kind `ext`.

    Differs: without Graphviz the picture is that of `c2t draw`
    """
    graph = get_pydot_graph(caffe_net, rankdir, phase=phase, display_lrm=display_lrm)
    return graph.create(format=ext)


def draw_net_to_file(
    caffe_net: pb.NetParameter,
    filename: str,
    rankdir: str = "LR",
    phase: int | None = None,
    display_lrm: bool = False,
) -> None:
    """Write the picture of a net; the suffix tells the kind, .raw is Graphviz's text."""
    from caffe2torch.atomic import replacing

    kind = filename.rpartition(".")[2]
    with replacing(filename) as aside:
        aside.write_bytes(draw_net(caffe_net, rankdir, kind, phase, display_lrm))
