"""V1 layers, edited where they stand: types, the four lists, the fields of the transformation."""

from __future__ import annotations

from tests.format.upgrade.nets import edited

DATA = 'layers { name: "d" type: DATA data_param { source: "db" %s } %s}\n'


def test_v1_layers_are_edited_where_they_stand() -> None:
    text = edited(
        "# a net\n"
        'name: "x"  # mine\n'
        "layers {\n"
        "  # the first\n"
        "  type: CONVOLUTION  name: 'c'\n"
        "  blobs_lr: 1.  # weights\n"
        "  blobs_lr: 2\n"
        "  weight_decay: 1; weight_decay: 0\n"
        '  param: "shared"\n'
        "  convolution_param { num_output: 2 kernel_size: 3 }\n"
        "}\n"
    )
    assert text == (
        "# a net\n"
        'name: "x"  # mine\n'
        "layer {\n"
        "  # the first\n"
        "  type: \"Convolution\"  name: 'c'\n"
        '  param { name: "shared" lr_mult: 1. decay_mult: 1 }\n'
        "  param { lr_mult: 2 decay_mult: 0 }  # weights\n"
        "  convolution_param { num_output: 2 kernel_size: 3 }\n"
        "}\n"
    )


def test_transformation_fields_move_out_of_the_data() -> None:
    text = edited(
        "layers {\n"
        '  name: "d" type: DATA top: "d"\n'
        "  data_param {\n"
        '    source: "db"  # the data\n'
        "    scale: 0.5\n"
        "    batch_size: 2 crop_size: 3\n"
        "  }\n"
        "}\n"
    )
    assert text == (
        "layer {\n"
        '  name: "d" type: "Data" top: "d"\n'
        "  data_param {\n"
        '    source: "db"  # the data\n'
        "    batch_size: 2 \n"
        "  }\n"
        "  transform_param { scale: 0.5 crop_size: 3 }\n"
        "}\n"
    )


def test_lists_of_different_lengths_fill_one_param_a_blob() -> None:
    text = edited('layers { name: "c" type: RELU weight_decay: 3 blobs_lr: 1 blobs_lr: 2 }')
    assert text == (
        'layer { name: "c" type: "ReLU" param { lr_mult: 1 decay_mult: 3 }\nparam { lr_mult: 2 } }'
    )


def test_a_share_mode_goes_with_its_name() -> None:
    text = edited('layers { type: RELU param: "w" blob_share_mode: PERMISSIVE }')
    assert text == 'layer { type: "ReLU" param { name: "w" share_mode: PERMISSIVE } }'


def test_fields_of_the_data_join_a_transform_that_is_there() -> None:
    text = edited(DATA % ("mirror: true", "transform_param { crop_size: 3 } "))
    assert text == (
        'layer { name: "d" type: "Data" data_param { source: "db" } '
        "transform_param { crop_size: 3 mirror: true } }\n"
    )


def test_all_data_layers_get_a_transform_when_one_has_such_fields() -> None:
    text = edited(DATA % ("mirror: true", "") + DATA % ("backend: LMDB", ""))
    assert text == (
        'layer { name: "d" type: "Data" data_param { source: "db" }\n'
        "transform_param { mirror: true } }\n"
        'layer { name: "d" type: "Data" data_param { source: "db" backend: LMDB }\n'
        "transform_param { } }\n"
    )
    assert edited(DATA % ("", "")).count("transform_param") == 0


def test_a_type_of_another_fork_stays() -> None:
    assert edited("layers { type: VIDEO_WITH_VOXEL_TRUTH_DATA }").startswith(
        "layer { type: VIDEO_WITH_VOXEL_TRUTH_DATA }"
    )
