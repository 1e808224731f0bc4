"""A folder of images with a sub-folder a class, as databases to train and to validate on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.data.importers import database
from caffe2torch.data.importers.images import Options, records
from caffe2torch.data.importers.tally import Tally
from caffe2torch.errors import DataError, plural

DEFAULT_SIZE = 256  # the height and width that most nets for photographs crop from
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}


@dataclass(frozen=True)
class Classes:
    """The classes of a folder, sorted by name, and its images in them.

    names:  sub-folder i holds the images of label i
    images: (path inside the folder, label), sorted
    """

    names: list[str]
    images: list[tuple[str, int]]


def read_classes(folder: Path) -> Classes:
    """Return the classes of a folder and their images, in sub-folders of any depth.

    Raises: DataError if there is no folder, no sub-folder, or one without images.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder", hint="name a folder with a sub-folder a class")
    subfolders = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    images: list[tuple[str, int]] = []
    for label, subfolder in enumerate(subfolders):
        files = sorted(p for p in subfolder.rglob("*") if p.suffix.lower() in SUFFIXES)
        if not files:
            raise DataError(f"{subfolder} holds no images", hint="remove it, or fill it")
        images += [(p.relative_to(folder).as_posix(), label) for p in files]
    if len(subfolders) < 2:
        raise DataError(
            f"{folder} holds {len(subfolders)} sub-folders, and a classifier needs two classes",
            hint="put the images of each class into a sub-folder of its own",
        )
    return Classes([p.name for p in subfolders], images)


def split(
    images: list[tuple[str, int]], share: float, seed: int
) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Return images to train on and to validate with, each shuffled, always the same for a seed.

    share: of the images of each class, 0 to 1; a class keeps at least one image to train on, and
        gives at least one if it has two.
    """
    rng = random.Random(seed)
    train, validate = [], []
    for label in sorted({label for _, label in images}):
        members = [image for image in images if image[1] == label]
        rng.shuffle(members)
        count = min(len(members) - 1, max(1, round(share * len(members)))) if share else 0
        validate += members[:count]
        train += members[count:]
    rng.shuffle(train)
    rng.shuffle(validate)
    return train, validate


def common_size(folder: Path, images: list[tuple[str, int]]) -> tuple[int, int] | None:
    """Return (height, width) if all images have it, by their headers; else None.

    Files that are no images are left out here: they are named when they are decoded.
    """
    from PIL import Image

    sizes = set()
    for name, _ in images:
        try:
            with inputs.opened(folder / name) as file, Image.open(file) as image:
                sizes.add((image.height, image.width))
        except Exception:  # noqa: BLE001  Pillow's readers raise anything on broken files
            continue
        if len(sizes) > 1:
            return None
    return sizes.pop() if sizes else None


@dataclass(frozen=True)
class Imported:
    """The databases of a folder: their paths, what to say of them, and what was left out.

    counts: records of `train` and, if there is one, of `val`
    """

    train: Path
    val: Path | None
    labels: Path
    size: tuple[int, int]
    lines: list[str]
    skipped: list[str]
    classes: int
    counts: list[int]


def import_folder(
    folder: Path,
    db: Path,
    share: float,
    options: Options,
    *,
    force: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
    most: int | None = None,
) -> Imported:
    """Write the images of a folder to `db`, and `share` of each class to another beside it.

    Both and labels.txt appear when all is complete, or nothing does.

    Images of more than one size are resized to 256x256 unless `options` says otherwise.
    most: images that may be left out because they cannot be read; None for any number
    Raises: DataError as `read_classes` does, or if something exists and not `force`.
    """
    classes = read_classes(folder)
    val = db.with_name(val_name(db.name)) if share else None
    labels = db.with_name("labels.txt")
    for path in (db, val, labels):
        if path:
            database.refuse_existing(path, force=force)
    size = common_size(folder, classes.images)
    if not (options.height and options.width) and not size:
        options = replace(options, resize_height=DEFAULT_SIZE, resize_width=DEFAULT_SIZE)
    parts = split(classes.images, share, options.seed)
    tally = Tally(most=most)
    lines, counts = [], []
    with ExitStack() as together:
        for path, part in ((db, parts[0]), (val, parts[1])):
            if path:
                fill = together.enter_context(database.writing(path, force=force))
                counts.append(len(part) + len(tally.skipped))
                lines.append(_write_part(path, fill, folder, part, options, tally, progress))
                counts[-1] -= len(tally.skipped)
        with replacing(labels) as aside:
            aside.write_text("".join(f"{name}\n" for name in classes.names))
    lines.append(f"{labels}: {plural(len(classes.names), 'name')} of classes")
    resized = (options.height, options.width) if options.height and options.width else size
    return Imported(
        db, val, labels, resized or (0, 0), lines, tally.skipped, len(classes.names), counts
    )


def val_name(name: str) -> str:
    """Return the name of the database to validate with: train_lmdb has val_lmdb, db has db_val."""
    return name.replace("train", "val") if "train" in name else f"{name}_val"


def _write_part(
    path: Path,
    fill: Callable[[Iterable[tuple[bytes, bytes]]], int],
    folder: Path,
    part: list[tuple[str, int]],
    options: Options,
    whole: Tally,
    progress: Callable[[int], None],
) -> str:
    tally = Tally()

    def log(message: str) -> None:
        if message.startswith("Could not open"):
            whole.leave_out(message)
            tally.skipped.append(message)

    written = records(f"{folder}/", part, options, log)
    try:
        fill(tally.watch(written, progress))
    except database.EmptyError:
        if tally.skipped:
            raise DataError(
                f"none of the {plural(len(part), 'image')} for {path} can be read: "
                f"{tally.skipped[0]}"
            ) from None
        raise DataError(
            f"{path}: no class has two images, one to train and one to validate with",
            hint="add images, or leave --val out",
        ) from None
    return f"{path}: {tally.text()}"
