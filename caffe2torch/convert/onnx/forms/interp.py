"""Interp: Resize with aligned corners, after a Slice for the pixels that are cut."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """To constant sizes; a single pixel is repeated, which Resize divides by zero for."""
    settings = x.node.layer._settings(x.site)  # type: ignore[attr-defined]
    value, shape = x.bottoms[0], (*x.shapes[0], *(1,) * (4 - len(x.shapes[0])))
    if len(x.shapes[0]) < 4:
        value = w.reshape(value, shape, x.shapes[0])
    before, after = settings.get("crop", (0, 0))
    if before or after:
        ends = [shape[2] - after, shape[3] - after]
        value = w.op("Slice", value, w.ints(before, before), w.ints(*ends), w.ints(2, 3))
    return str(
        w.op(
            "Resize",
            value,
            "",
            w.constant([1.0, 1.0, *_factors(x, shape, before + after)]),
            coordinate_transformation_mode="align_corners",
            mode="nearest" if settings.get("nearest") else "linear",
            nearest_mode="round_prefer_floor" if settings.get("nearest") else None,
        )
    )


def _factors(x: Place, shape: tuple[int, ...], cut: int) -> list[float]:
    """Scales whose product with the size rounds down to the size that is wanted."""
    pairs = zip(shape[2:], x.tops[0][2:], strict=True)
    return [(out + 1e-3) / (size - cut) for size, out in pairs]
