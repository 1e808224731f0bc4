"""Pictures are prepared as the net's data layer does it in TEST; what is not known is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.config.preprocessing import Given, Preprocessing, preprocessing, takes_images
from caffe2torch.data.importers.database import write_images
from caffe2torch.data.mean import save_mean
from caffe2torch.errors import DataError
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.module.feed import open_feed

INPUT = """\
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "c" type: "Convolution" bottom: "x" top: "c"
        convolution_param { num_output: 2 kernel_size: 1 } }
"""
SHAPE = (1, 3, 8, 8)


def data(transform: str, more: str = "", kind: str = "Data", phase: str = "TEST") -> str:
    return (
        f'layer {{ name: "d" type: "{kind}" top: "x" top: "label" include {{ phase: {phase} }} '
        f"transform_param {{ {transform} }} {more} }}\n"
    )


def prepared(
    folder: Path, text: str, given: Given | None = None, name: str = "train_val.prototxt"
) -> Preprocessing:
    (folder / "deploy.prototxt").write_text(INPUT)
    (folder / name).write_text(text)
    return preprocessing(SHAPE, read_net(folder / "deploy.prototxt"), given or Given())


def picture(rows: int, columns: int, channels: int = 3) -> np.ndarray:  # type: ignore[type-arg]
    random = np.random.RandomState(3)
    return random.randint(0, 256, (channels, rows, columns)).astype(np.uint8)


def test_it_is_what_the_data_layer_feeds(tmp_path: Path) -> None:
    pixels = picture(12, 10)
    write_images(tmp_path / "db", pixels[None], [1], [0])
    mean = np.random.RandomState(4).rand(3, 12, 10).astype(np.float32) * 100
    save_mean(tmp_path / "mean.binaryproto", mean)
    source = 'data_param { source: "db" backend: LMDB batch_size: 1 }'
    text = data('crop_size: 8 scale: 0.25 mean_file: "mean.binaryproto"', source)
    result = prepared(tmp_path, text)
    graph = build_graph(read_net(tmp_path / "train_val.prototxt"), phase="TEST")
    with open_feed(graph, seed=0) as feed:
        batch = next(feed)["x"].numpy()
    np.testing.assert_array_equal(result.apply(pixels), batch[0])
    assert (result.resize, result.scale, result.doubts) == ((12, 10), 0.25, ())
    assert result.is_mean_image and result.mean_source == "mean.binaryproto"
    assert result.source.endswith('train_val.prototxt, layer "d"')


def test_the_size_before_the_crop_is_that_of_the_records(tmp_path: Path) -> None:
    write_images(tmp_path / "db", picture(9, 14)[None], [1], [0])
    result = prepared(
        tmp_path, data("crop_size: 8", 'data_param { source: "db" backend: LMDB batch_size: 1 }')
    )
    assert result.resize == (9, 14)
    assert result.doubts == ()


def test_the_size_before_the_crop_may_be_unknown(tmp_path: Path) -> None:
    result = prepared(tmp_path, data("crop_size: 8", 'data_param { source: "lost" batch_size: 1 }'))
    assert result.resize == (8, 8)
    assert "the size before the crop of 8x8 is not known" in result.doubts[0]
    text = data("crop_size: 8", 'data_param { source: "lost" batch_size: 1 }')
    assert prepared(tmp_path, text, Given(resize=(10, 12))).resize == (10, 12)


def test_image_data_resizes_first(tmp_path: Path) -> None:
    list_param = 'image_data_param { source: "l" batch_size: 1 new_height: 10 new_width: 12 }'
    result = prepared(tmp_path, data("mean_value: 5", list_param, kind="ImageData"))
    pixels = picture(30, 25)
    import cv2

    resized = cv2.resize(pixels.transpose(1, 2, 0), (12, 10), interpolation=cv2.INTER_LINEAR)
    expected = resized[1:9, 2:10].transpose(2, 0, 1).astype(np.float32) - 5
    np.testing.assert_array_equal(result.apply(pixels), expected)


def test_boxes_are_fed_from_a_resize_param(tmp_path: Path) -> None:
    resize = "resize_param { height: 8 width: 8 resize_mode: FIT_LARGE_SIZE_AND_PAD }"
    result = prepared(tmp_path, data(resize, kind="AnnotatedData"))
    out = result.apply(np.full((3, 8, 16), 200, np.uint8))
    assert out.shape == (3, 8, 8)
    assert (out[:, :2] == 0).all() and (out[:, 2:6] == 200).all() and (out[:, 6:] == 0).all()


def test_nothing_known_is_loud(tmp_path: Path) -> None:
    (tmp_path / "deploy.prototxt").write_text(INPUT)
    result = preprocessing(SHAPE, read_net(tmp_path / "deploy.prototxt"), Given())
    assert result.source == ""
    assert "nothing says how pictures are prepared" in result.doubts[0]
    assert "--mean" in result.doubts[0] and "--transform" in result.doubts[0]
    given = Given(mean="1,2,3", scale=2.0)
    result = preprocessing(SHAPE, read_net(tmp_path / "deploy.prototxt"), given)
    assert result.doubts == ()
    assert result.apply(np.full((3, 8, 8), 9, np.uint8))[:, 0, 0].tolist() == [16.0, 14.0, 12.0]


def test_numbers_from_another_program_are_loud(tmp_path: Path) -> None:
    text = data("scale: 0.5", 'hdf5_data_param { source: "l" batch_size: 1 }', kind="HDF5Data")
    result = prepared(tmp_path, text)
    assert "reads what another program made" in result.doubts[0]


def test_a_missing_mean_is_loud_and_can_be_given(tmp_path: Path) -> None:
    text = data('mean_file: "lost.binaryproto"')
    result = prepared(tmp_path, text)
    assert result.mean is None
    assert result.doubts[0].startswith("mean file lost.binaryproto is missing")
    np.save(tmp_path / "mean.npy", np.arange(3, dtype=np.float32))
    result = prepared(tmp_path, text, Given(mean=str(tmp_path / "mean.npy")))
    assert result.doubts == ()
    assert result.apply(np.full((3, 8, 8), 9, np.uint8))[:, 0, 0].tolist() == [9.0, 8.0, 7.0]


def test_a_mean_of_other_channels_is_not_subtracted(tmp_path: Path) -> None:
    result = prepared(tmp_path, data("mean_value: 1 mean_value: 2"))
    assert result.mean is None
    assert "has 2 channels, and the net takes 3" in result.doubts[0]
    with pytest.raises(DataError, match="--mean 1,2 has 2 channels, the net takes 3"):
        prepared(tmp_path, data(""), Given(mean="1,2"))


def test_a_mean_image_of_another_size_becomes_one_by_channel(tmp_path: Path) -> None:
    save_mean(tmp_path / "mean.binaryproto", np.full((3, 4, 4), 7, np.float32))
    result = prepared(tmp_path, data('mean_file: "mean.binaryproto"'))
    assert result.mean is not None and result.mean.ravel().tolist() == [7, 7, 7]
    assert "its mean by channel is taken" in result.doubts[0]


def test_a_forks_field_that_changes_pixels_is_named(tmp_path: Path) -> None:
    result = prepared(tmp_path, data("min_side: 256"))
    assert "transform_param.min_side" in result.doubts[0]


def test_the_net_of_most_layers_is_taken_whatever_its_name(tmp_path: Path) -> None:
    layers = INPUT.split("\n", 1)[1]
    (tmp_path / "a_other.prototxt").write_text(
        data("scale: 3") + layers.replace('"c"', '"another"')
    )
    result = prepared(tmp_path, data("scale: 0.5") + layers, name="my_net.prototxt")
    assert result.scale == 0.5


def test_a_transform_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deploy.prototxt").write_text(INPUT)
    net = read_net(tmp_path / "deploy.prototxt")
    with pytest.raises(DataError, match="has no layer that reads images"):
        preprocessing(SHAPE, net, Given(transform=tmp_path / "deploy.prototxt"))
    with pytest.raises(DataError, match="smaller than the net's input"):
        preprocessing(SHAPE, net, Given(resize=(4, 9), mean="0"))


def test_what_may_be_pictures() -> None:
    assert takes_images((1, 3, 8, 8)) and takes_images((5, 1, 28, 28))
    assert not takes_images((1, 2, 8, 8)) and not takes_images((1, 3, 1, 1))
    assert not takes_images((1, 3))


def test_other_channels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a picture of 1 channels, and the net takes 3"):
        prepared(tmp_path, data("")).apply(picture(8, 8, 1))
