"""What a net can be converted to, one target a file: SUFFIX, and `write(conversion, path)`.

`write` puts the file there and returns what was checked, to be told to the user.
"""

from __future__ import annotations

from caffe2torch.registry import Registry

registry = Registry("caffe2torch.convert.targets", "target")


def names() -> list[str]:
    """The targets as they are spelled in --to."""
    return [name.replace("_", "-") for name in registry.names()]
