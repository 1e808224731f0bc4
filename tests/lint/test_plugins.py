"""Layers of another package are linted as Caffe's own: a twin of each, under another name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from caffe2torch import layers
from caffe2torch.data import probe
from caffe2torch.layers.accuracy import Accuracy
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.convolution import Convolution
from caffe2torch.layers.data import Data
from caffe2torch.layers.eltwise import Eltwise
from caffe2torch.layers.euclidean_loss import EuclideanLoss
from caffe2torch.layers.inner_product import InnerProduct
from caffe2torch.layers.relu import ReLU
from caffe2torch.layers.sigmoid import Sigmoid
from caffe2torch.layers.softmax_with_loss import SoftmaxWithLoss
from caffe2torch.layers.tanh import TanH
from caffe2torch.lint import engine
from tests.lint.bench import make
from tests.lint.bench.config import Config
from tests.lint.bench.faults import Fault

PREFIX = "Their"


class TheirReLU(ReLU):
    type, aliases = "TheirReLU", ()


class TheirSigmoid(Sigmoid):
    type, aliases = "TheirSigmoid", ()


class TheirTanH(TanH):
    type, aliases = "TheirTanH", ()


class TheirData(Data):
    """Their own program reads the records, and refuses what Data refuses."""

    type, aliases = "TheirData", ()

    def shapes(self, x: Site) -> list[Shape]:
        return probe.top_shapes("Data", x.param, "TRAIN" if x.train else "TEST", x.base)


class TheirConvolution(Convolution):
    type, aliases = "TheirConvolution", ()


class TheirInnerProduct(InnerProduct):
    type, aliases = "TheirInnerProduct", ()


class TheirEltwise(Eltwise):
    type, aliases = "TheirEltwise", ()


class TheirSoftmaxWithLoss(SoftmaxWithLoss):
    type, aliases = "TheirSoftmaxWithLoss", ()


class TheirEuclideanLoss(EuclideanLoss):
    type, aliases = "TheirEuclideanLoss", ()


class TheirAccuracy(Accuracy):
    type, aliases = "TheirAccuracy", ()


TWINS = [
    TheirReLU, TheirSigmoid, TheirTanH, TheirData, TheirConvolution, TheirInnerProduct,
    TheirEltwise, TheirSoftmaxWithLoss, TheirEuclideanLoss, TheirAccuracy,
]  # fmt: skip
SEEN = ("C2T1", "C2T2", "C2T301", "C2T317", "C2T4")
"""Rules that look at layers; the others of the solver look at its own fields alone."""
SUMS = ("C2T204", "C2T407", "C2T415", "C2T421")
"""Those that ask for shortcuts, which LeNet has none of."""


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The twins, as if a package had registered them."""
    group = "caffe2torch.layers"
    points = [EntryPoint(twin.type, f"{__name__}:{twin.type}", group) for twin in TWINS]

    def entry_points(**wanted: str) -> EntryPoints:
        return EntryPoints(points if wanted == {"group": group} else [])

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    layers.forget()
    yield
    layers.forget()


def theirs(config: Config) -> Config:
    """The config with the twins' types."""

    def renamed(text: str) -> str:
        for twin in TWINS:
            ours = twin.type.removeprefix(PREFIX)
            text = text.replace(f'type: "{ours}"', f'type: "{twin.type}"')
        return text

    return replace(config, head=renamed(config.head), layers=tuple(map(renamed, config.layers)))


def findings(folder: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    make.write_case(folder, config, None)
    monkeypatch.chdir(folder)
    weights = config.argv[1] if config.argv else ""
    return [
        f"{f.code} {f.severity} {f.span and f.span.line} {f.text}".replace(PREFIX, "")
        for f in engine.lint_file("solver.prototxt", weights=weights)
    ]


def seeded(net: str, codes: tuple[str, ...]) -> list[tuple[Config, Fault]]:
    """One fault of each code in one net; none with a database, which Data alone reads."""
    cases: dict[str, tuple[Config, Fault]] = {}
    for config, fault in make.cases([net]):
        stored = any("mdb" in file for file in config.files)
        if fault is not None and fault.code.startswith(codes) and not stored:
            cases.setdefault(fault.code, (config, fault))
    return list(cases.values())


@pytest.mark.long
@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("net", "codes", "least"), [("lenet", SEEN, 25), ("resnet18", SUMS, len(SUMS))]
)
def test_every_fault_is_seen_in_their_layers_too(
    net: str, codes: tuple[str, ...], least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults of the benchmark, whose data are not there: lint says the same of the twins."""
    fired = set()
    for config, fault in seeded(net, codes):
        ours = findings(tmp_path / f"{fault.name}-ours", config, monkeypatch)
        twins = findings(tmp_path / f"{fault.name}-theirs", theirs(config), monkeypatch)
        assert twins == ours, fault.name
        fired.update(line[:6] for line in ours)
    assert len(fired) >= least, sorted(fired)
