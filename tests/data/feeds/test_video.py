"""VideoData: clips of stored frames, and frames of a video that somebody else decodes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from caffe2torch.data.feeds._clips import segment_starts
from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError, UnsupportedError
from tests.data.one_feed import feed, layer


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Two videos of 6 and 4 frames; frame k of video v has the value 100 v + 10 k everywhere."""
    for v, count in enumerate((6, 4)):
        (tmp_path / f"v{v}").mkdir()
        for k in range(1, count + 1):
            plain = Image.fromarray(np.full((5, 7), 100 * v + 10 * k, np.uint8))
            for name in (f"image_{k:04d}.png", f"flow_x_{k:04d}.png", f"flow_y_{k:04d}.png"):
                plain.save(tmp_path / f"v{v}" / name)
    (tmp_path / "list").write_text(
        "".join(f"{tmp_path}/v{v} {n} {v + 3}\n" for v, n in ((0, 6), (1, 4)))
    )
    return str(tmp_path)


def clips(folder: str, fields: str, transform: str = "") -> str:
    return (
        f'type: "VideoData" transform_param {{ {transform} }} video_data_param {{ '
        f'source: "{folder}/list" batch_size: 2 {fields} }}'
    )


RGB = 'modality: RGB name_pattern: "image_%04d.png"'
FLOW = 'modality: FLOW name_pattern: "flow_%c_%04d.png"'


def test_testing_takes_the_middle_of_each_part(folder: str) -> None:
    source = feed(clips(folder, f"{RGB} new_length: 2 num_segments: 2", "mean_value: [1, 2, 3]"))
    data, labels = source.next_batch()
    assert data.shape == (2, 12, 5, 7)
    assert labels.tolist() == [[[[3]]], [[[4]]]]
    # parts of 3 frames: 2 and 3, 5 and 6; of 2 frames: 1 and 2, 3 and 4; 3 channels each
    assert (data[0, ::3, 0, 0] + 1).tolist() == [20, 30, 50, 60]
    assert (data[1, 2::3, 0, 0] + 3).tolist() == [110, 120, 130, 140]
    source.close()


def test_starts_of_the_parts() -> None:
    param = layer("video_data_param { new_length: 2 num_segments: 3 }").video_data_param
    assert segment_starts(param, 12, None) == [1, 5, 9]
    assert segment_starts(param, 3, None) == [0, 0, 0]
    rng = np.random.default_rng(0)
    drawn = np.array([segment_starts(param, 12, rng) for _ in range(60)])
    assert [set(column.tolist()) for column in drawn.T] == [{0, 1, 2}, {4, 5, 6}, {8, 9, 10}]


def test_flow_has_two_maps_a_frame(folder: str) -> None:
    param = layer(clips(folder, f"{FLOW} new_length: 3", "crop_size: 4"))
    assert top_shapes("VideoData", param, "TRAIN") == [(2, 6, 4, 4), (2, 1, 1, 1)]
    source = feed(clips(folder, f"{FLOW} new_length: 3", "crop_size: 4 mirror: true"), train=True)
    assert source.next_batch()[0].shape == (2, 6, 4, 4)
    source.close()


def test_a_run_goes_on_exactly(folder: str) -> None:
    text = clips(folder, f"{RGB} shuffle: true", "mirror: true crop_size: 3")
    one = feed(text, train=True, seed=4)
    one.next_batch()
    state = json.loads(json.dumps(one.state()))
    other = feed(text, train=True, seed=4)
    other.restore(state)
    for a, b in zip(one.next_batch(), other.next_batch(), strict=True):
        np.testing.assert_array_equal(a, b)
    one.close(), other.close()


def test_a_missing_frame_is_named(folder: str) -> None:
    (Path(folder) / "v1" / "image_0003.png").unlink()
    source = feed(clips(folder, RGB))
    with pytest.raises(DataError, match=r'line 2, .*image_0003.png" does not exist'):
        source.next_batch()
    source.close()


def test_a_list_of_another_kind_is_refused(folder: str) -> None:
    (Path(folder) / "list").write_text("v0 6\n")
    with pytest.raises(DataError, match='line 1: "v0 6" is not a folder'):
        top_shapes("VideoData", layer(clips(folder, RGB)), "TRAIN")


def video(path: Path, fields: str = "", transform: str = "") -> str:
    return (
        f'type: "VideoData" data_param {{ batch_size: 2 }} transform_param {{ {transform} }} '
        f'video_data_param {{ video_type: VIDEO video_file: "{path}" {fields} }}'
    )


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, and a torchvision that reads five frames out of it: red is 1, 2, ..., blue is 99."""

    def reader(path: str, stream: str) -> Any:
        assert stream == "video"
        for k in range(1, 6):
            frame = torch.zeros(3, 4, 6, dtype=torch.uint8)
            frame[0], frame[2] = k, 99
            yield {"data": frame}

    fake: Any = ModuleType("torchvision.io")
    fake.VideoReader = reader
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(io=fake))
    monkeypatch.setitem(sys.modules, "torchvision.io", fake)
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return path


def test_frames_of_a_video_come_in_order_and_start_again(film: Path) -> None:
    source = feed(video(film))
    first, labels = source.next_batch()
    assert first.shape == (2, 3, 4, 6)
    assert first[:, :, 0, 0].tolist() == [[99, 0, 1], [99, 0, 2]]
    assert labels.tolist() == [0, 0]
    source.next_batch()
    state = source.state()
    assert source.next_batch()[0][:, 2, 0, 0].tolist() == [5, 1]
    other = feed(video(film))
    other.restore(state)
    assert other.next_batch()[0][:, 2, 0, 0].tolist() == [5, 1]


def test_frames_can_be_skipped_and_resized(film: Path) -> None:
    source = feed(video(film, "skip_frames: 1", "resize_param { height: 8 width: 8 } scale: 0.5"))
    data, _ = source.next_batch()
    assert data.shape == (2, 3, 8, 8)
    assert data[:, 2, 0, 0].tolist() == [1, 2]
    assert top_shapes("VideoData", layer(video(film)), "TEST") == [(2, 3, 4, 6), (2,)]


def test_without_a_decoder_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    for name in ("torchvision", "torchvision.io", "torchcodec", "torchcodec.decoders"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DataError, match="install torchcodec"):
        top_shapes("VideoData", layer(video(path)), "TEST")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        top_shapes("VideoData", layer(video(tmp_path / "none.mp4")), "TEST")
    camera = 'type: "VideoData" video_data_param { device_id: 1 }'
    with pytest.raises(UnsupportedError, match="camera"):
        top_shapes("VideoData", layer(camera), "TEST")
    with pytest.raises(ShapeError, match="video_file is missing"):
        top_shapes("VideoData", layer("video_data_param { video_type: VIDEO }"), "TEST")
