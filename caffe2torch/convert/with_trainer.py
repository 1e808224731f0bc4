"""`c2t convert --with-trainer`: a model file, its first weights, and a script that trains it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from caffe2torch.atomic import folders_above, replacing
from caffe2torch.convert import trainer
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.grouped import grouped
from caffe2torch.convert.manifest import refuse_existing
from caffe2torch.convert.mean_image import mean_path, write_mean
from caffe2torch.convert.targets import registry
from caffe2torch.convert.trainer import feeding
from caffe2torch.data.paths import locate
from caffe2torch.errors import C2TError, DataError
from caffe2torch.format import upgrade
from caffe2torch.weights import read_mean


def solver_of(net: Path, given: Path | None) -> upgrade.Solver:
    """The solver that was named, or the net's own: a solver beside it.

    Raises: SolverError if a named file is none; DataError if there is none to be found.
    """
    if given is not None:
        return upgrade.read_solver(given)
    candidates = sorted(net.parent.glob("*solver*.prototxt"))
    for path in [net, *candidates]:
        try:
            solver = upgrade.read_solver(path)
        except (C2TError, OSError):
            continue
        if path == net or trains(solver, net):
            return solver
    raise DataError(
        f"no solver beside {net} names it", hint="name it: --with-trainer SOLVER.prototxt"
    )


def trains(solver: upgrade.Solver, net: Path) -> bool:
    """Whether a file is the net that a solver trains, where every command looks for it."""
    base = str(Path(solver.file).parent)
    places = (locate(path, base) for path in (solver.message.net, solver.message.train_net))
    return any(place is not None and net.samefile(place.path) for place in places)


def conversion(solver: upgrade.Solver, weights: Path | None) -> tuple[trainer.Training, Conversion]:
    """The nets of a solver, and the one that the script trains, ready to be written."""
    training = trainer.training(solver)
    notes = [*training.notes, *training.graph.notes]
    if training.test is not None and not training.tests:
        notes.append("the test net lacks layers of the train net: the script does not test")
    node = feeding.lmdb_of(training.train)
    if node is None:
        notes.append("the script leaves batches() to you: it reads LMDB alone")
    elif (mean := feeding.mean_name(node)) and not Path(mean).is_file():
        notes.append(f"mean file {mean} is missing: the script needs it; convert again with it")
    seed = max(0, solver.message.random_seed)
    source = grouped(training.graph, faithful=True)
    return training, Conversion(training.graph, source, weights, seed, notes)


def written(
    training: trainer.Training, model: Conversion, folder: Path, force: bool
) -> Iterator[tuple[Path, str]]:
    """Write the model, its first weights, the mean image if there is one, and the script.

    Raises: DataError before anything is written if a file exists already, unless `force`.
    """
    stem = model.stem
    paths = [folder / f"{stem}{end}" for end in (".py", ".safetensors", "_train.py")]
    refuse_existing(paths, training.graph.net.file, force)
    text = trainer.script(training, stem, folder)
    _ = model.built
    with folders_above(paths[0]):
        for path, target in zip(paths, ("python", "safetensors"), strict=False):
            yield path, registry.find(target).write(model, path)
        mean = feeding.mean_file(feeding.lmdb_of(training.train))
        if mean:
            values = np.asarray(read_mean(mean), np.float32)
            path = mean_path(paths[0])
            yield path, write_mean(path, values.reshape(values.shape[-3:]))
        with replacing(paths[-1]) as aside:
            aside.write_text(text, encoding="utf-8")
        count = text.count("\n")
        yield (
            paths[-1],
            f"{count} lines; trains with {training.param.type}, {training.param.lr_policy}",
        )
