"""Faults of the data layers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from caffe2torch import caffe_pb2 as pb
from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only
from tests.lint.bench.healthy import MEANS

MEAN = r"(    mean_value: \S+\n)+"


def photos(c: Config) -> None:
    only(c.data == "photos")


def blob(values: np.ndarray) -> bytes:
    """A mean file."""
    message = pb.BlobProto(
        num=1, channels=values.shape[0], height=values.shape[1], width=values.shape[2]
    )
    message.data.extend(map(float, values.ravel()))
    return message.SerializeToString()


def full_mean(c: Config) -> np.ndarray:
    size = 256 if c.data == "photos" else 32
    return np.broadcast_to(
        np.array(MEANS[c.data])[:, None, None], (len(MEANS[c.data]), size, size)
    ).copy()


def with_mean(c: Config, values: np.ndarray) -> Config:
    changed = c.sub(MEAN, '    mean_file: "m.binaryproto"\n')
    return replace(changed, files={"m.binaryproto": blob(values)})


@fault("C2T101", also="C2T104")
def mean_of_torchvision(c: Config) -> Config:
    """mean_value in [0, 1] while pixels go to 255: nothing is subtracted."""
    values = ("0.485", "0.456", "0.406")[: len(MEANS[c.data])]
    return c.sub(MEAN, "".join(f"    mean_value: {v}\n" for v in values))


@fault("C2T101", also="C2T104")
def mean_file_divided_by_255(c: Config) -> Config:
    """A mean file in [0, 1] because of the scale: Caffe subtracts first."""
    return with_mean(c, full_mean(c) / 255)


@fault("C2T102", accept="C2T103")
def mean_in_rgb_order(c: Config) -> Config:
    """ImageNet's mean in RGB order for data stored as BGR."""
    photos(c)
    return c.sub(MEAN, "    mean_value: 123\n    mean_value: 117\n    mean_value: 104\n")


@fault("C2T103", accept="C2T101")
def mean_of_other_data(c: Config) -> Config:
    """A mean far from the data's own."""
    only(c.data == "digits")
    return c.sub(MEAN, "    mean_value: 200\n")


@fault("C2T105")
def two_kinds_of_mean(c: Config) -> Config:
    """mean_file and mean_value together are fatal."""
    changed = c.sub(MEAN, lambda m: f'    mean_file: "m.binaryproto"\n{m[0]}')
    return replace(changed, files={"m.binaryproto": blob(full_mean(c))})


@fault("C2T105")
def mean_of_the_cropped_size(c: Config) -> Config:
    """A mean file of the crop's size: Caffe wants the stored size."""
    photos(c)
    return with_mean(c, full_mean(c)[:, :200, :200])


@fault("C2T105", accept="C2T118")
def two_mean_values_for_three_channels(c: Config) -> Config:
    """As many mean values as channels, or one."""
    photos(c)
    return c.sub(MEAN, "    mean_value: 104\n    mean_value: 117\n")


@fault("C2T106")
def scale_in_train_only(c: Config) -> Config:
    """The test net sees pixels 256 times as large."""
    test = c.layers[1].replace("    scale: 0.00390625\n", "")
    return replace(c, layers=(c.layers[0], test, *c.layers[2:]))


@fault("C2T106")
def mean_in_train_only(c: Config) -> Config:
    """The test net sees pixels without the mean subtracted."""
    test = re.sub(MEAN, "", c.layers[1])
    return replace(c, layers=(c.layers[0], test, *c.layers[2:]))


@fault("C2T107")
def mirror_in_test(c: Config) -> Config:
    """Caffe mirrors in TEST too when told so: a random test."""
    test = c.layers[1].replace("transform_param {\n", "transform_param {\n    mirror: true\n")
    only(c.data == "photos")
    return replace(c, layers=(c.layers[0], test, *c.layers[2:]))


@fault("C2T108", also="C2T201 C2T402 C2T302")
def scaled_twice(c: Config) -> Config:
    """transform_param scales by 1/256, and a Power layer again."""
    power = (
        'layer {\n  name: "unit"\n  type: "Power"\n  bottom: "data"\n  top: "unit"\n'
        "  power_param { scale: 0.00390625 }\n}\n"
    )
    first = c.names("Convolution")[0]
    return c.edit('bottom: "data"', 'bottom: "unit"', layer=first, count=1).insert(
        power, before=first
    )


@fault("C2T109", also="C2T202 C2T207 C2T301", accept="C2T202")
def scale_of_255(c: Config) -> Config:
    """× 255 instead of ÷ 255."""
    return c.edit("scale: 0.00390625", "scale: 255")


@fault("C2T110")
def crop_larger_than_the_images(c: Config) -> Config:
    """crop_size 300 of images of 256."""
    photos(c)
    return c.sub(r"crop_size: \d+", "crop_size: 300")


@fault("C2T111")
def missing_database(c: Config) -> Config:
    """The training database is not where the net looks."""
    return c.sub(r"(../data/\w+_train)_lmdb", r"\1_lmbd", count=1)


@fault("C2T111")
def broken_mean_file(c: Config) -> Config:
    """The mean file is no BlobProto."""
    changed = c.sub(MEAN, '    mean_file: "m.binaryproto"\n')
    return replace(changed, files={"m.binaryproto": b"<html>404</html>"})


@fault("C2T112", accept="C2T406")
def labels_beyond_the_classes(c: Config) -> Config:
    """Labels 0 to 9 for 5 scores: the loss reads beyond its row."""
    return c.edit("num_output: 10", "num_output: 5", layer="score")


@fault("C2T116", also="C2T117")
def test_on_the_training_data(c: Config) -> Config:
    """Both phases read the training database."""
    return c.sub(r"_test_lmdb", "_train_lmdb")


@fault("C2T117")
def too_few_test_batches(c: Config) -> Config:
    """One test batch only."""
    return c.set(test_iter="1")


@fault("C2T118", accept="C2T105")
def grey_data_for_a_color_mean(c: Config) -> Config:
    """Three mean values for one channel."""
    only(c.data == "digits")
    return c.sub(MEAN, "    mean_value: 104\n    mean_value: 117\n    mean_value: 123\n")


@fault("C2T119", accept="C2T105 C2T120")
def color_made_grey(c: Config) -> Config:
    """force_gray on a net for color images (with a mean of three values, from raw records)."""
    photos(c)
    return c.edit("transform_param {\n", "transform_param {\n    force_gray: true\n")


@fault("C2T120", also="C2T202 C2T301 C2T101 C2T104 C2T207")
def scale_inside_data_param(c: Config) -> Config:
    """Caffe parses scale in data_param of a new-style layer, and ignores it."""
    changed = c.edit("    scale: 0.00390625\n", "")
    return changed.edit("data_param {\n", "data_param {\n    scale: 0.00390625\n")


@fault("C2T121")
def no_backend(c: Config) -> Config:
    """Without backend Caffe opens the LMDB as a LevelDB."""
    return c.edit("    backend: LMDB\n", "")


@fault("C2T121")
def wrong_backend(c: Config) -> Config:
    """The folder holds an LMDB."""
    return c.edit("backend: LMDB", "backend: LEVELDB")


@fault("C2T123", accept="C2T003")
def one_top(c: Config) -> Config:
    """A data layer with one top reads no labels, and the loss asks for them."""
    return c.edit('  top: "label"\n', "")


PICTURES = 32


def _list(c: Config, label: str) -> Config:
    """The same net on an image list of pictures."""
    only(c.data == "photos")
    lines = [f"images/{i % PICTURES}.png {label.format(i % 10)}\n" for i in range(40)]
    body = '  image_data_param {\n    source: "list.txt"\n    batch_size: 8 shuffle: true\n  }\n'
    changed = c.sub(r"  data_param \{\n[^}]*\}\n", body).edit('type: "Data"', 'type: "ImageData"')
    files = {f"images/{i}.png": picture(i) for i in range(PICTURES)}
    lists = {"list.txt": "".join(lines).encode(), "test.txt": "".join(lines[:10]).encode()}
    test = changed.layers[1].replace('"list.txt"', '"test.txt"')
    layers = (changed.layers[0], test, *changed.layers[2:])
    return replace(changed, layers=layers, files={**lists, **files})


def picture(i: int) -> bytes:
    """A small file of 256x256: a slope of colors."""
    from io import BytesIO

    from PIL import Image

    ramp = np.add.outer(np.arange(256), np.arange(256) * i + 8 * i) % 256
    out = BytesIO()
    Image.fromarray(np.stack([ramp, ramp.T, 255 - ramp], 2).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


@fault("C2T122", also="C2T111 C2T117 C2T116")
def names_as_labels(c: Config) -> Config:
    """Caffe reads a label of letters as 0."""
    return _list(c, "cat{}")
