"""From the files of a Caffe net to the files of any targets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.build import graph_of
from caffe2torch.errors import DataError
from caffe2torch.export.conversion import Conversion, flat
from caffe2torch.export.images import Images, beside, images
from caffe2torch.export.loading import load, put, read_structured
from caffe2torch.export.naming import mapping
from caffe2torch.export.source import grouped
from caffe2torch.export.targets import registry
from caffe2torch.graph import Graph
from caffe2torch.upgrade import Net, read_net


@dataclass(frozen=True)
class Request:
    """What is to be converted, and how.

    weights:   file of trained weights; None takes those of a caffemodel given as `net`
    flat:      the source that training runs, in place of the grouped one
    faithful:  keep BatchNorm and Scale as Caffe has them
    transform: a net whose data layer says how images are prepared [the net, or one beside it]
    mean:      a mean file in place of the data layer's
    seed:      of the fillers, where there are no weights
    """

    net: Path
    weights: Path | None = None
    phase: str | None = None
    level: int | None = None
    stages: tuple[str, ...] = ()
    flat: bool = False
    faithful: bool = False
    transform: Path | None = None
    mean: Path | None = None
    seed: int = 0


def prepare(request: Request, suffix: str = "safetensors") -> Conversion:
    """Build the net, give it its weights and write its source.

    suffix: of the weights file that the source is to read when it is run
    """
    net = read_structured(request.net)
    built = load(net, None, request.phase, level=request.level, stages=request.stages,
                 seed=request.seed)  # fmt: skip
    graph = graph_of(built)
    if not any(not node.layer.source for node in graph.nodes):
        raise DataError(
            f"{request.net} has no layers in this state", hint="is it a net, and the phase?"
        )
    notes = [*net.notes, *graph.notes]
    given = request.weights or (request.net if request.net.suffix == ".caffemodel" else None)
    if given:
        notes += put(built, given).notes(str(given))
    elif any(node.params for node in graph.nodes):
        notes.append(
            f"no --weights: the weights are the fillers' first values, seed {request.seed}"
        )
    found = None if request.flat or graph.train else _images(request, net, graph)
    if found and found.missing:
        notes.append(f"mean file {found.missing} is missing: --mean FILE names it")
    source = flat(graph) if request.flat else grouped(graph, request.faithful, found, suffix)
    return Conversion(built, source, notes)


def _images(request: Request, net: Net, graph: Graph) -> Images | None:
    """How images are prepared for a net that takes one image blob."""
    tops = [top for node in graph.sources for top in node.tops]
    if len(tops) != 1:
        return None
    others = [request.transform] if request.transform else beside(net)
    nets = [] if request.transform else [net]
    return images(graph.shapes[tops[0]], [*nets, *map(read_net, others)], request.mean)


def written(
    conversion: Conversion,
    targets: Sequence[str],
    output: Path,
    force: bool = False,
    names: str | None = None,
) -> Iterator[tuple[Path, str]]:
    """Write the targets; yield each file and what was checked.

    output: a folder, or the file of the one target if it ends as that does
    names:  another library, whose names for the weights are written too
    Raises: DataError before anything is written if a file exists already, unless `force`.
    """
    modules = [registry.find(target) for target in targets]
    single = [module for module in modules if output.suffix == module.SUFFIX]
    if single and not output.is_dir():
        modules, paths = single, [output]
    else:
        paths = [output / f"{conversion.stem}{module.SUFFIX}" for module in modules]
    renamed = paths[0].with_name(f"{conversion.stem}.{names}.json") if names else None
    for path in [*paths, *([renamed] if renamed else [])]:
        if path.exists() and not force:
            raise DataError(f"{path} exists already", hint="name another, or use --force")
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    for module, path in zip(modules, paths, strict=True):
        yield path, module.write(conversion, path)
    if renamed:
        keys = mapping(conversion.graph, conversion.module.state_dict())
        with replacing(renamed) as aside:
            aside.write_text(json.dumps(keys, indent=1) + "\n", encoding="utf-8")
        yield renamed, f"the weights' names in {names}"
