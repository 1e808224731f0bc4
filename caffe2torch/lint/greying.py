"""Whether a data layer turns images grey that are stored in colour."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers
from caffe2torch.lint.finding import Finding, Fix

COLORFUL = 2.0
"""Mean difference of two channels, in grey levels, from which an image is in colour."""


def check(source: SourceUse) -> Iterator[Finding]:
    """A finding where colour is thrown away, or both kinds are asked for."""
    t, name = source.transform, data_layers.names([source])
    if t.force_gray and t.force_color:
        yield Finding(
            f"force_color and force_gray are both set in {name}: Caffe stops at the first encoded "
            "record",
            source.span("transform_param.force_gray"),
            severity="error",
            hint="keep one of them",
            fix=without(source, "transform_param.force_gray"),
            about=source.name,
            rank=14,
        )
        return
    by_field = source.is_color is False
    path = f"{source.field}.is_color" if by_field else "transform_param.force_gray"
    raw = not by_field and source.stats is not None and not source.stats.encoded
    if not (t.force_gray or by_field) or raw:  # Caffe does not look at force_gray then: C2T120
        return
    if len(t.mean_value) == 3:
        yield Finding(
            f"{path.rpartition('.')[2]} turns the images of {name} grey beside 3 mean_value",
            source.span(path),
            severity="error",
            hint="remove it",
            fix=without(source, path),
            about=source.name,
            rank=12,
            why="three means are for colour; Caffe stops",
        )
        return
    colour = _stored_colour(source)
    if colour is not False:
        yield Finding(
            f"{path.rpartition('.')[2]} turns the images of {name} grey",
            source.span(path),
            severity="warning" if colour else "info",
            hint="remove it unless colour tells nothing",
            fix=without(source, path),
            about=source.name,
            why="they are stored in colour" if colour else "",
        )


def _stored_colour(source: SourceUse) -> bool | None:
    """Whether some stored images are in colour; None if they cannot be looked at."""
    from caffe2torch import caffe_pb2 as pb
    from caffe2torch.lint.signal.inputs import sampled

    plain = pb.LayerParameter()
    plain.CopyFrom(source.layer)
    plain.transform_param.ClearField("force_gray")
    if source.is_color is not None:
        getattr(plain, source.field).is_color = True
    images = sampled(SourceUse(source.net, source.train, source.index, plain, source.field), 8)
    if not images:
        return None
    three_channels = [image for image in images if image.ndim == 3 and image.shape[0] == 3]
    return any(float(abs(image[0] - image[2]).mean()) > COLORFUL for image in three_channels)


def without(source: SourceUse, path: str) -> Fix | None:
    """The fix that removes a field from one layer."""
    edits = data_layers.drop([source], path)
    return Fix(f"{source.name} without {path.rpartition('.')[2]}", edits) if edits else None
