"""Data errors name their field and their record, whatever was raised inside."""

from __future__ import annotations

import pytest

from caffe2torch.data.faults import FieldError, about, at_record, record_name
from caffe2torch.errors import DataError, ShapeError


def test_a_data_error_gets_the_field_its_hint_and_its_cause() -> None:
    cause = OSError("gone")
    with pytest.raises(FieldError, match="no file") as caught, about("data_param.source"):
        raise DataError("no file", hint="make one") from cause
    assert (caught.value.field, caught.value.hint) == ("data_param.source", "make one")
    assert caught.value.__cause__ is cause


def test_an_error_about_another_field_stays_so() -> None:
    with pytest.raises(FieldError) as caught, about("data_param.source"):
        raise FieldError("no mean", field="transform_param.mean_file")
    assert caught.value.field == "transform_param.mean_file"


def test_other_errors_pass() -> None:
    with pytest.raises(ShapeError) as caught, about("data_param.source"):
        raise ShapeError("too small", field="transform_param.crop_size")
    assert caught.value.field == "transform_param.crop_size"


def test_a_record_is_named_even_where_its_key_is_no_text() -> None:
    assert record_name("db", b"0001\xff") == r'database "db", record "0001\xff"'
    with (
        pytest.raises(DataError, match='^database "db", record "7": is cut off$'),
        at_record("db", b"7"),
    ):
        raise DataError("is cut off")


def test_what_is_no_error_of_the_data_is_left_alone() -> None:
    with pytest.raises(KeyError, match="^'x'$"), at_record("db", b"7"):
        raise KeyError("x")
