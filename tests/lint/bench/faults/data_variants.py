"""More faults of the data layers: other values, other phases, other files."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only
from tests.lint.bench.faults.data import MEAN, blob, full_mean, photos, with_mean
from tests.lint.bench.healthy import MEANS


def digits(c: Config) -> None:
    only(c.data == "digits")


def phase(c: Config, which: int, old: str, new: str) -> Config:
    """Change one of the two data layers."""
    text = re.sub(old, new, c.layers[which])
    only(text != c.layers[which])
    return replace(c, layers=(*c.layers[:which], text, *c.layers[which + 1 :]))


@fault("C2T101", also="C2T104 C2T103")
def one_mean_of_a_half(c: Config) -> Config:
    """0.5 for all channels, in the unit of other frameworks."""
    return c.sub(MEAN, "    mean_value: 0.5\n")


@fault("C2T101", also="C2T104 C2T103")
def mean_times_the_scale(c: Config) -> Config:
    """The mean after scaling: Caffe subtracts before."""
    return c.sub(MEAN, "".join(f"    mean_value: {m * 0.00390625:.4f}\n" for m in MEANS[c.data]))


@fault("C2T101", also="C2T104 C2T103 C2T106", accept="C2T106")
def mean_in_another_unit_in_train(c: Config) -> Config:
    """Only the training layer has the mean of [0, 1]."""
    return phase(c, 0, MEAN, "    mean_value: 0.45\n")


@fault("C2T102", accept="C2T103")
def mean_file_in_rgb_order(c: Config) -> Config:
    """A mean file whose channels are turned round."""
    photos(c)
    return with_mean(c, full_mean(c)[::-1])


@fault("C2T102", accept="C2T103")
def published_mean_in_rgb_order(c: Config) -> Config:
    """123.68, 116.779, 103.939: VGG's mean as it is printed for RGB."""
    photos(c)
    new = "    mean_value: 123.68\n    mean_value: 116.779\n    mean_value: 103.939\n"
    return c.sub(MEAN, new)


@fault("C2T103", accept="C2T101")
def mean_far_above_the_data(c: Config) -> Config:
    """255 subtracted from every pixel."""
    return c.sub(MEAN, "    mean_value: 255\n" * len(MEANS[c.data]))


@fault("C2T103")
def mean_file_of_bright_images(c: Config) -> Config:
    """A mean file that was computed from other data."""
    digits(c)
    return with_mean(c, full_mean(c) + 140)


@fault("C2T104", also="C2T301 C2T314 C2T202 C2T209", accept="C2T301")
def no_mean_of_raw_pixels(c: Config) -> Config:
    """Nothing is subtracted from raw pixels in a net without normalisation."""
    only("BatchNorm" not in c.net and c.data == "photos")
    return c.sub(MEAN, "")


@fault("C2T105", accept="C2T118")
def four_mean_values(c: Config) -> Config:
    """More values than channels."""
    return c.sub(MEAN, "    mean_value: 100\n" * 4)


@fault("C2T105", accept="C2T106")
def two_kinds_of_mean_in_train(c: Config) -> Config:
    """Only in TRAIN."""
    changed = phase(c, 0, rf"({MEAN})", r'    mean_file: "m.binaryproto"\n\1')
    return replace(changed, files={"m.binaryproto": blob(full_mean(c))})


@fault("C2T105", accept="C2T118")
def grey_mean_file_for_color(c: Config) -> Config:
    """A mean file of one channel."""
    photos(c)
    return with_mean(c, full_mean(c)[:1])


@fault("C2T106")
def other_scale_in_test(c: Config) -> Config:
    """Half the scale in TEST."""
    return phase(c, 1, "scale: 0.00390625", "scale: 0.001953125")


@fault("C2T106")
def other_mean_in_test(c: Config) -> Config:
    """Another mean in TEST."""
    return phase(c, 1, MEAN, "    mean_value: 60\n")


@fault("C2T106")
def scale_in_test_only(c: Config) -> Config:
    """Training sees raw pixels, or the test scaled ones."""
    only("BatchNorm" in c.net)
    return phase(c, 0, "    scale: 0.00390625\n", "")


@fault("C2T106", accept="C2T118 C2T003")
def other_crop_in_test(c: Config) -> Config:
    """Another crop in TEST: another input size."""
    photos(c)
    return phase(c, 1, r"crop_size: \d+", "crop_size: 200")


@fault("C2T107")
def mirror_in_both_phases(c: Config) -> Config:
    """mirror: true is copied to TEST."""
    photos(c)
    return phase(c, 1, r"    crop_size", "    mirror: true\n    crop_size")


@fault("C2T108", also="C2T201 C2T402 C2T302 C2T301 C2T206")
def scaled_by_a_layer_again(c: Config) -> Config:
    """A Scale layer of fixed 1/255 behind scaled data."""
    text = (
        'layer {\n  name: "unit"\n  type: "Scale"\n  bottom: "data"\n  top: "unit"\n'
        "  param { lr_mult: 0 decay_mult: 0 }\n"
        "  scale_param { filler { value: 0.00392157 } bias_term: false }\n}\n"
    )
    first = c.names("Convolution")[0]
    return c.edit('bottom: "data"', 'bottom: "unit"', layer=first, count=1).insert(
        text, before=first
    )


@fault("C2T109", accept="C2T202 C2T301", also="C2T207 C2T210")
def scale_of_a_hundred(c: Config) -> Config:
    """100 for 1/100."""
    return c.edit("scale: 0.00390625", "scale: 100")


@fault("C2T109", accept="C2T201")
def scale_of_nothing(c: Config) -> Config:
    """scale 0 leaves nothing."""
    return c.edit("scale: 0.00390625", "scale: 0")


@fault("C2T109", accept="C2T201 C2T302")
def scale_squared(c: Config) -> Config:
    """1/255 of 1/255."""
    only("BatchNorm" not in c.net)
    return c.edit("scale: 0.00390625", "scale: 0.0000153787")


@fault("C2T110")
def crop_larger_by_one(c: Config) -> Config:
    """One pixel too many."""
    if c.data == "photos":
        return c.sub(r"crop_size: \d+", "crop_size: 257")
    return c.edit("transform_param {\n", "transform_param {\n    crop_size: 33\n")


@fault("C2T110", also="C2T111 C2T117 C2T116")
def crop_larger_than_resized(c: Config) -> Config:
    """new_height 200 and a crop of 224."""
    from tests.lint.bench.faults.data import _list

    photos(c)
    made = _list(c, "{}")
    return made.edit("shuffle: true", "shuffle: true new_height: 200 new_width: 200")


@fault("C2T111")
def missing_test_database(c: Config) -> Config:
    """The test database is not there."""
    return c.edit("_test_lmdb", "_val_lmdb")


@fault("C2T111")
def missing_mean_file(c: Config) -> Config:
    """The mean file is not there."""
    return c.sub(MEAN, '    mean_file: "no_such_mean.binaryproto"\n')


@fault("C2T111")
def database_without_records(c: Config) -> Config:
    """The folder holds no database."""
    changed = c.sub(r"../data/\w+_train_lmdb", "empty_lmdb", count=1)
    return replace(changed, files={"empty_lmdb/readme.txt": b"nothing here\n"})


@fault("C2T111")
def damaged_database(c: Config) -> Config:
    """data.mdb is no LMDB."""
    changed = c.sub(r"../data/\w+_train_lmdb", "broken_lmdb", count=1)
    return replace(changed, files={"broken_lmdb/data.mdb": b"\0" * 8192})


@fault("C2T112", accept="C2T406")
def one_class_too_few(c: Config) -> Config:
    """Labels 0 to 9 for 9 scores."""
    return c.edit("num_output: 10", "num_output: 9", layer="score")


@fault("C2T112", accept="C2T406")
def labels_from_one(c: Config) -> Config:
    """Labels 1 to 10 for 10 scores."""
    digits(c)
    return c.sub(r"\w+_train_lmdb", "from_one_lmdb", count=1)


@fault("C2T112", accept="C2T406 C2T405")
def two_scores_for_ten_classes(c: Config) -> Config:
    """A head made for two classes."""
    return c.edit("num_output: 10", "num_output: 2", layer="score")


@fault("C2T113")
def records_sorted_by_class(c: Config) -> Config:
    """All zeros first, then all ones."""
    digits(c)
    return c.edit("digits_train_lmdb", "sorted_lmdb")


@fault("C2T114")
def one_class_dominates(c: Config) -> Config:
    """19 of 20 records are of one class."""
    digits(c)
    return c.edit("digits_train_lmdb", "lopsided_lmdb")


@fault("C2T114")
def one_class_only(c: Config) -> Config:
    """Every record has label 3."""
    digits(c)
    return c.edit("digits_train_lmdb", "single_lmdb")


@fault("C2T115", also="C2T103 C2T114")
def constant_images(c: Config) -> Config:
    """Every pixel of every record is the same."""
    return c.sub(r"\w+_train_lmdb", f"constant_{c.data}_lmdb", count=1)


@fault("C2T115", also="C2T103 C2T114")
def copies_of_one_image(c: Config) -> Config:
    """One image, many times, under all labels."""
    return c.sub(r"\w+_train_lmdb", f"copies_{c.data}_lmdb", count=1)


@fault("C2T116", also="C2T117 C2T107")
def one_layer_for_both_phases(c: Config) -> Config:
    """A data layer without include."""
    train = (
        c.layers[0].replace("  include { phase: TRAIN }\n", "").replace("    mirror: true\n", "")
    )
    return replace(c, layers=(train, *c.layers[2:]))


@fault("C2T117")
def half_of_the_test_set(c: Config) -> Config:
    """Half of the test batches."""
    return c.set(test_iter=f"{int(c.number('test_iter')) // 2}")


@fault("C2T117")
def test_iter_of_another_set(c: Config) -> Config:
    """1000 batches of a small set."""
    return c.set(test_iter="1000")


@fault("C2T118", accept="C2T003 C2T105")
def grey_test_data(c: Config) -> Config:
    """Colour in TRAIN, grey in TEST."""
    photos(c)
    text = c.layers[1].replace("photos_test", "grey_test")
    text = re.sub(MEAN, "    mean_value: 118\n", text)
    return replace(c, layers=(c.layers[0], text, *c.layers[2:]))


@fault("C2T118", accept="C2T105")
def color_mean_file_for_grey(c: Config) -> Config:
    """A mean file of three channels for grey images."""
    digits(c)
    return with_mean(c, np.repeat(full_mean(c), 3, axis=0))


@fault("C2T119")
def mirrored_digits(c: Config) -> Config:
    """A mirrored 2 is no digit."""
    digits(c)
    return phase(c, 0, r"transform_param \{\n", "transform_param {\n    mirror: true\n")


@fault("C2T119", also="C2T111 C2T117 C2T116 C2T105 C2T118", accept="C2T118 C2T105")
def list_read_in_grey(c: Config) -> Config:
    """is_color: false for a net on colour images."""
    from tests.lint.bench.faults.data import _list

    made = _list(c, "{}").sub(MEAN, "    mean_value: 118\n")
    return made.edit("shuffle: true", "shuffle: true is_color: false")


@fault("C2T120", also="C2T106 C2T104 C2T101 C2T301 C2T314")
def mean_inside_data_param(c: Config) -> Config:
    """mean_file in data_param is parsed and ignored."""
    changed = c.sub(MEAN, "").edit(
        "data_param {\n", 'data_param {\n    mean_file: "m.binaryproto"\n'
    )
    return replace(changed, files={"m.binaryproto": blob(full_mean(c))})


@fault("C2T120", accept="C2T003", also="C2T414")
def crop_inside_data_param(c: Config) -> Config:
    """crop_size in data_param is parsed and ignored."""
    photos(c)
    only("InnerProduct" not in c.net.split("pool5")[-1] or c.name in ("resnet18", "googlenet"))
    return c.sub(r"    crop_size: \d+\n", "").edit(
        "data_param {\n", "data_param {\n    crop_size: 224\n"
    )


@fault("C2T120")
def mirror_inside_data_param(c: Config) -> Config:
    """mirror in data_param is parsed and ignored."""
    photos(c)
    changed = c.edit("    mirror: true\n", "")
    return changed.edit("data_param {\n", "data_param {\n    mirror: true\n", count=1)


@fault("C2T121")
def no_backend_in_test(c: Config) -> Config:
    """Only the test layer lacks it."""
    return phase(c, 1, "    backend: LMDB\n", "")


@fault("C2T122", also="C2T111 C2T117 C2T116 C2T114")
def fractions_as_labels(c: Config) -> Config:
    """Labels such as 3.7 are cut."""
    from tests.lint.bench.faults.data import _list

    return _list(c, "{}.5")


@fault("C2T122", also="C2T111 C2T117 C2T116 C2T114")
def some_names_as_labels(c: Config) -> Config:
    """One class has a name instead of a number."""
    from tests.lint.bench.faults.data import _list

    made = _list(c, "{}")
    text = re.sub(rb" [37]\n", b" dog\n", made.files["list.txt"])
    return replace(made, files={**made.files, "list.txt": text})
