"""From the files of a Caffe net to the files of any targets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion, flat
from caffe2torch.convert.grouped import grouped
from caffe2torch.convert.grouped.preprocess import Images, beside, images
from caffe2torch.convert.loading import read_structured
from caffe2torch.convert.targets import registry
from caffe2torch.convert.torchvision_names import mapping
from caffe2torch.errors import DataError
from caffe2torch.format.upgrade import Net, read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph


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
    """Read the net and write its source; the weights follow when a target needs them.

    suffix: of the weights file that the source is to read when it is run
    Raises: C2TError at the place of the net that cannot be built.
    """
    net = read_structured(request.net)
    state = net_state(net, request.phase, request.level, request.stages)
    graph = build_graph(net, state, assume=True)
    if not graph.nodes:
        raise DataError(
            f"{request.net} has no layers in this state", hint="is it a net, and the phase?"
        )
    prepared = None if request.flat or graph.train else _images(request, net, graph)
    source = flat(graph) if request.flat else grouped(graph, request.faithful, prepared, suffix)
    notes = [*net.notes, *graph.notes]
    if prepared and prepared.missing:
        notes.append(f"mean file {prepared.missing} is missing: --mean FILE names it")
    inside = request.net if request.net.suffix == ".caffemodel" else None
    return Conversion(graph, source, request.weights or inside, request.seed, notes)


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
    if any(module.SUFFIX != ".prototxt" for module in modules):
        _ = conversion.built  # weights that do not fit leave nothing half written
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    for module, path in zip(modules, paths, strict=True):
        yield path, module.write(conversion, path)
    if renamed:
        keys = mapping(conversion.graph, conversion.module.state_dict())
        with replacing(renamed) as aside:
            aside.write_text(json.dumps(keys, indent=1) + "\n", encoding="utf-8")
        yield renamed, f"the weights' names in {names}"
