"""From the files of a Caffe net to the files of any targets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import folders_above, replacing
from caffe2torch.config.preprocessing import (
    Given,
    Preprocessing,
    preprocessing,
    takes_images,
)
from caffe2torch.convert.conversion import Conversion, flat
from caffe2torch.convert.grouped import grouped
from caffe2torch.convert.grouped.preprocess import doubts
from caffe2torch.convert.loading import holds_weights, read_structured
from caffe2torch.convert.manifest import refuse_existing
from caffe2torch.convert.mean_image import mean_path, write_mean
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.targets import missing_packages, registry
from caffe2torch.convert.torchvision_names import mapping
from caffe2torch.errors import DataError, GraphError, UnsupportedError
from caffe2torch.format.upgrade import Net
from caffe2torch.graph import build_graph
from caffe2torch.graph.cutting import cut, ending_at
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph
from caffe2torch.graph.stubs import Weights
from caffe2torch.layers.base import Shape
from caffe2torch.module.limits import RANDOM, check_layers, check_memory
from caffe2torch.weights import read_weights


@dataclass(frozen=True)
class Request:
    """What is to be converted, and how.

    weights:   file of trained weights; None takes those of a caffemodel given as `net`
    flat:      the source that training runs, in place of the grouped one
    faithful:  keep BatchNorm and Scale as Caffe has them
    given:     how images are prepared, where the net's files do not say it
    seed:      of the fillers, where there are no weights
    stubs:     write classes to be filled in for layers that cannot run here
    input_shapes: blob -> shape, in place of what the net says
    begin, end: blobs that become the inputs and the outputs
    onnx:      how an ONNX model is written
    """

    net: Path
    weights: Path | None = None
    phase: str | None = None
    level: int | None = None
    stages: tuple[str, ...] = ()
    flat: bool = False
    faithful: bool = False
    given: Given = field(default_factory=Given)
    seed: int = 0
    stubs: bool = False
    input_shapes: Mapping[str, Shape] = field(default_factory=dict)
    begin: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    onnx: Options = field(default_factory=Options)


def prepare(request: Request, suffix: str = "safetensors") -> Conversion:
    """Read the net and write its source; the weights follow when a target needs them.

    suffix: of the weights file that the source is to read when it is run
    Raises: C2TError at the place of the net that cannot be built.
    """
    net = read_structured(request.net, lenient=request.stubs or bool(request.end))
    state = net_state(net, request.phase, request.level, request.stages)
    net, graph = _built(request, net, state)
    if not graph.nodes:
        raise DataError(
            f"{request.net} has no layers in this state", hint="is it a net, and the phase?"
        )
    check_layers(graph)
    inside = request.net if holds_weights(request.net) else None
    weights = request.weights or inside
    check_memory(graph, "build", inf if weights else RANDOM)
    prepared = None if request.flat or graph.train else _images(request, net, graph)
    source = flat(graph) if request.flat else grouped(graph, request.faithful, prepared, suffix)
    notes = [*net.notes, *graph.notes]
    notes += doubts(prepared) if prepared else []
    return Conversion(
        graph, source, weights, request.seed, notes, prepared=prepared, onnx=request.onnx
    )


def _built(request: Request, net: Net, state: pb.NetState) -> tuple[Net, Graph]:
    """The part of the net that is wanted, and its graph."""
    stubs = _shapes(request) if request.stubs else None
    shapes = request.input_shapes
    if request.end:
        net = ending_at(net, state, request.end)
        _refuse_unknown(net, request)
    graph = build_graph(net, state, input_shapes=shapes, assume=True, stubs=stubs)
    tops = {top: node for node in graph.sources for top in node.tops}
    for blob in shapes:
        if blob not in tops and blob not in request.begin:
            raise GraphError(
                f'net "{graph.name}" has no input "{blob}"', hint=f"inputs: {', '.join(tops)}"
            )
    fed = [
        top
        for node in graph.sources
        if node.type != "Input" and not shapes.keys().isdisjoint(node.tops)
        for top in node.tops
    ]
    begin = [*request.begin, *fed]
    if not begin and not request.end:
        return net, graph
    part = cut(net, graph, begin, request.end)
    graph = build_graph(part, state, input_shapes=shapes, assume=True, stubs=stubs)
    graph.outputs = sorted({*graph.outputs, *request.end}) if request.end else graph.outputs
    return part, graph


def _refuse_unknown(net: Net, request: Request) -> None:
    """Raise for a field that the schema lacks; those of layers behind the end do not matter."""
    blocks = [block for block in net.origins if block is not None]
    for error in [] if request.stubs else net.unknown:
        place = error.span.start if error.span else 0
        if any(block.start <= place < block.end for block in blocks):
            raise error


def _shapes(request: Request) -> Weights:
    """Shapes of the parameter blobs in the file of weights; {} without one."""
    file = request.weights or request.net
    if not file.name.endswith((".caffemodel", ".h5")):
        return {}
    return {
        name: [array.shape for array in arrays if array is not None]
        for name, arrays in read_weights(file).items()
    }


def _images(request: Request, net: Net, graph: Graph) -> Preprocessing | None:
    """How images are prepared for a net that takes one image blob."""
    tops = [top for node in graph.sources for top in node.tops]
    if len(tops) != 1 or not takes_images(graph.shapes[tops[0]]):
        return None
    return preprocessing(graph.shapes[tops[0]], net, request.given)


def written(
    conversion: Conversion,
    targets: Sequence[str],
    output: Path,
    force: bool = False,
    names: str | None = None,
) -> Iterator[tuple[Path, str]]:
    """Write the targets; yield each file and what was checked.

    output: a folder, or the file of one target if it ends as that does; others come beside it
    names:  another library, whose names for the weights are written too
    Raises: DataError before anything is written if a file exists that is not of this net, unless
    `force`; UnsupportedError if no target can be written for want of a package.
    """
    modules = [registry.find(target) for target in targets]
    if all(missing_packages(module) for module in modules):
        packages = " ".join(dict.fromkeys(map(missing_packages, modules)))
        raise UnsupportedError(
            f"{', '.join(targets)} needs a package that is not installed",
            hint=f"pip install {packages}",
        )
    single = [module for module in modules if output.suffix == module.SUFFIX]
    if single and not output.is_dir():
        paths = [output.with_suffix(module.SUFFIX) for module in modules]
    else:
        paths = [output / f"{conversion.stem}{module.SUFFIX}" for module in modules]
    renamed = paths[0].with_name(f"{conversion.stem}.{names}.json") if names else None
    image = conversion.mean_image
    means = {mean_path(path): image for path in paths if path.suffix == ".py" and image is not None}
    files = [*paths, *means, *([renamed] if renamed else [])]
    refuse_existing(files, conversion.graph.net.file, force)
    if any(module.SUFFIX != ".prototxt" for module in modules):
        _ = conversion.built  # weights that do not fit leave nothing half written
    with folders_above(paths[0]):
        for path, values in means.items():
            yield path, write_mean(path, values)
        for module, path in zip(modules, paths, strict=True):
            missing = missing_packages(module)
            if missing:
                conversion.failed = True
                yield path, f"not written: it needs {missing}; pip install {missing}"
                continue
            yield path, module.write(conversion, path)
        if renamed:
            keys = mapping(conversion.graph, list(conversion.module.state_dict()))
            with replacing(renamed) as aside:
                aside.write_text(json.dumps(keys, indent=1) + "\n", encoding="utf-8")
            yield renamed, f"the weights' names in {names}"
