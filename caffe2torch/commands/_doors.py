"""What `c2t` alone shows: where to go in, by what somebody holds."""

from __future__ import annotations

from platform import python_version

DOORS = """\
Caffe's files, checked, trained and converted with PyTorch. What do you have?

  A program that stops at cv2.dnn.readNetFromCaffe, or at "import caffe"
    c2t run program.py ARGS

  A deploy.prototxt and a .caffemodel
    c2t convert deploy.prototxt --weights net.caffemodel -o net.py

  A Caffe folder that must train again, or does not learn
    c2t lint solver.prototxt
    c2t probe solver.prototxt
    c2t train solver.prototxt

  A question: how does Caffe behave, what is in this file
    c2t layers Pooling
    c2t explain signal-vanishes
    c2t inspect FILE

  Nothing yet
    c2t quickstart demo

c2t --help lists all commands, c2t COMMAND --help explains one.
"""


def versions(c2t: str) -> str:
    """Return one line with the version of c2t and those of what a report of a fault needs."""
    others = ", ".join(f"{name} {_installed(name)}" for name in ("torch", "protobuf"))
    return f"c2t, version {c2t} ({others}, Python {python_version()})"


def _installed(name: str) -> str:
    """The version of a package, without importing it."""
    from importlib.metadata import PackageNotFoundError, version  # slow to import

    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
