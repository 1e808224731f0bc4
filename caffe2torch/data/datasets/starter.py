"""Databases, mean, nets and solver for a user's own folder of images: a sub-folder a class.

The nets are the shipped ones, with the sources, the classes and the batches of these images.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.data.importers.classes import Imported, import_folder
from caffe2torch.data.importers.images import Options
from caffe2torch.errors import DataError

FILES = ("train_val.prototxt", "solver.prototxt", "deploy.prototxt")
SHARE = 0.1  # of each class, to validate with


@dataclass(frozen=True)
class Recipe:
    """How a shipped net is trained on a small set of images.

    size:    height and width of the stored images, from which the net crops
    base_lr: what the net's own solver begins with
    policy:  lr_policy and its fields; {third} and {end} are iterations
    """

    size: int
    batch: int
    epochs: int
    base_lr: float
    policy: str
    gray: bool = False
    weight_decay: float = 0.0005


_STEPS = 'lr_policy: "multistep"\ngamma: 0.1\nstepvalue: {half}\nstepvalue: {late}\n'
_INV = 'lr_policy: "inv"\ngamma: 0.0001\npower: 0.75\n'
RECIPES = {
    "alexnet": Recipe(256, 64, 60, 0.01, _STEPS),
    "vgg16": Recipe(256, 32, 60, 0.01, _STEPS),
    "cifar10_quick": Recipe(32, 100, 60, 0.01, _STEPS, weight_decay=0.001),
    "mnist_lenet": Recipe(28, 64, 40, 0.01, _INV, gray=True),
}


@dataclass(frozen=True)
class Starter:
    """What to make: the shipped net `net`, for the classes of `images`.

    finetune: weights to begin with, or ""; then the last layer has a new name, learns ten times
        as fast as the others, and base_lr is a tenth
    gpu: let solver_mode be GPU
    """

    images: Path
    net: str = "alexnet"
    finetune: str = ""
    gpu: bool = False
    seed: int = 1


def write_starter(
    starter: Starter,
    folder: Path,
    *,
    force: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Imported:
    """Write two databases, their mean, labels.txt, the nets and the solver to `folder`.

    Raises: DataError for an unknown net, a folder without classes, or files that exist and not
        `force`.
    """
    from caffe2torch.data.mean import database_mean, save_mean

    recipe = RECIPES.get(starter.net)
    if recipe is None:
        raise DataError(f'no net "{starter.net}"', hint=f"there are: {', '.join(RECIPES)}")
    taken = [name for name in FILES if (folder / name).exists()]
    if taken and not force:
        raise DataError(f"{folder} holds {taken[0]} already", hint="name a new folder, or --force")
    options = Options(
        gray=recipe.gray, resize_height=recipe.size, resize_width=recipe.size, seed=starter.seed
    )
    imported = import_folder(
        starter.images,
        folder / f"{starter.net}_train_lmdb",
        SHARE,
        options,
        force=force,
        progress=progress,
    )
    mean, _ = database_mean(str(imported.train))
    save_mean(folder / f"{starter.net}_mean.binaryproto", mean)
    for name, text in net_files(starter, recipe, imported).items():
        with replacing(folder / name) as aside:
            aside.write_text(text, encoding="utf-8")
    return imported


def net_files(starter: Starter, recipe: Recipe, imported: Imported) -> dict[str, str]:
    """Return the text of the three prototxt files by their names."""
    classes, counts = imported.classes, imported.counts
    train, deploy = (_template(starter.net, name) for name in (FILES[0], FILES[2]))
    batches = [min(recipe.batch, counts[0]), min(50, counts[1])]
    names = [f'source: "{place.name}"' for place in (imported.train, imported.val) if place]
    train = _each(r'source: "[^"]+"', names, train)
    train = _each(r"batch_size: \d+", [f"batch_size: {batch}" for batch in batches], train)
    train = re.sub(r'mean_file: "[^"]+"', f'mean_file: "{starter.net}_mean.binaryproto"', train)
    if classes <= 5:
        train = re.sub(r'layer \{\n  name: "accuracy_top5".*?\n\}\n', "", train, flags=re.DOTALL)
    net = {"train_val.prototxt": train, "deploy.prototxt": deploy}
    out = {name: _with_classes(text, classes, bool(starter.finetune)) for name, text in net.items()}
    return out | {"solver.prototxt": _solver(starter, recipe, counts, batches)}


def _each(pattern: str, new: list[str], text: str) -> str:
    """Replace the matches of a pattern, in their order, by the strings of `new`."""
    rest = iter(new)
    return re.sub(pattern, lambda _match: next(rest), text)


def _template(net: str, name: str) -> str:
    text = (files(__package__) / "nets" / net / name).read_text(encoding="utf-8")
    return re.sub(r"\A(#[^\n]*\n)+", f"# {net}, made for your images by c2t quickstart.\n", text)


def _with_classes(text: str, classes: int, renamed: bool) -> str:
    """Let the last InnerProduct have `classes` outputs, and a new name if it learns anew."""
    start = text.rindex('type: "InnerProduct"')
    start = text.rindex("layer {", 0, start)
    end = text.find("\nlayer {", start)
    end = len(text) if end < 0 else end
    layer = re.sub(r"num_output: \d+", f"num_output: {classes}", text[start:end], count=1)
    if renamed:
        layer = re.sub(r'name: "([^"]+)"', r'name: "\1_new"', layer, count=1)
        layer = re.sub(r"lr_mult: (\d+)", lambda m: f"lr_mult: {10 * int(m[1])}", layer)
    return text[:start] + layer + text[end:]


def _solver(starter: Starter, recipe: Recipe, counts: list[int], batches: list[int]) -> str:
    """Return a solver: so many epochs, a test after each, the rate lowered twice."""
    epoch = max(1, round(counts[0] / batches[0]))
    last = max(epoch * recipe.epochs, 100)
    policy = recipe.policy.format(half=last // 2, late=last * 5 // 6)
    rate = recipe.base_lr / 10 if starter.finetune else recipe.base_lr
    tests = -(-counts[1] // batches[1])
    images = f"{counts[0]:,} images in batches of {batches[0]}"
    return f"""net: "train_val.prototxt"
# {tests} x {batches[1]} images are the {counts[1]:,} to validate with.
test_iter: {tests}
test_interval: {epoch}
base_lr: {rate:g}
momentum: 0.9
weight_decay: {recipe.weight_decay:g}
{policy}# {images}: {last:,} iterations are {last // epoch} epochs.
max_iter: {last}
display: {max(1, epoch // 2)}
snapshot: {max(1, last // 4)}
snapshot_prefix: "{starter.net}"
random_seed: {starter.seed}
solver_mode: {"GPU" if starter.gpu else "CPU"}
"""
