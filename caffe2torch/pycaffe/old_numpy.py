"""Names of NumPy that programs of Caffe's time use and that NumPy has dropped since."""

from __future__ import annotations

from typing import Any

import numpy as np

from caffe2torch.pycaffe.old_text import to_bytes


def _fromstring(string: Any, dtype: Any = float, count: int = -1, sep: str = "") -> Any:
    """Read numbers from text, or as it once was from bytes too."""
    if sep == "":
        values = to_bytes(string) if isinstance(string, str) else string
        return np.frombuffer(values, dtype, count).copy()
    return _from_text(string, dtype, count, sep=sep)


_from_text = np.fromstring

NAMES: dict[str, Any] = {
    "int": int,
    "float": float,
    "bool": bool,
    "complex": complex,
    "object": object,
    "str": str,
    "long": int,
    "unicode": str,
    "float_": np.float64,
    "complex_": np.complex128,
    "string_": np.bytes_,
    "unicode_": np.str_,
    "NaN": np.nan,
    "NAN": np.nan,
    "Inf": np.inf,
    "Infinity": np.inf,
    "infty": np.inf,
    "PINF": np.inf,
    "NINF": -np.inf,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "alltrue": np.all,
    "sometrue": np.any,
    "round_": np.round,
    "row_stack": np.vstack,
    "in1d": np.isin,
}


def install() -> None:
    """Give this process's NumPy the names that it lacks, and `fromstring` of bytes."""
    for name, value in NAMES.items():
        if name not in vars(np):
            setattr(np, name, value)
    np.fromstring = _fromstring  # type: ignore[assignment]
