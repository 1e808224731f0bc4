"""A training script in plain PyTorch that does what a solver does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config import policies
from caffe2torch.config.project import Project
from caffe2torch.convert.grouped import grouped
from caffe2torch.convert.grouped.steps import Flow, Step, flow, loss_name
from caffe2torch.convert.grouped.wrapping import broken, docstring
from caffe2torch.convert.trainer import feeding, rates, updates
from caffe2torch.convert.trainer.multipliers import multipliers
from caffe2torch.errors import UnsupportedError
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.layers.code import number, quoted
from caffe2torch.train import methods


@dataclass(frozen=True)
class Training:
    """What a script trains and tests.

    graph: what the model file holds: the test net where it has all of the train net's layers,
           else the train net
    notes: what to tell about the paths in the files
    """

    solver: upgrade.Solver
    train: Graph
    test: Graph | None
    graph: Graph
    notes: list[str]

    @property
    def param(self) -> pb.SolverParameter:
        return self.solver.message

    @property
    def tests(self) -> bool:
        """Whether the model can be tested too."""
        return self.test is not None and self.graph is self.test


def training(solver: upgrade.Solver) -> Training:
    """The nets of a solver. Raises: C2TError for what Caffe refuses."""
    policies.from_solver(solver)
    methods.find(solver.message.type, solver.span("type"))
    project = Project.of(solver)
    project.refuse()
    chosen, tests = project.train, project.tests
    notes = project.notes(chosen, *tests)
    train = build_graph(chosen.net, chosen.state, assume=True)
    if not train.loss_weights:
        raise UnsupportedError("the train net has no loss", hint="nothing to train")
    test = build_graph(tests[0].net, tests[0].state, assume=True) if tests else None
    whole = test is not None and _holds(flow(test), flow(train))
    return Training(solver, train, test, test if test is not None and whole else train, notes)


def _holds(test: Flow, train: Flow) -> bool:
    """Whether a test net has every layer of the train net, reading the same."""
    known = {_signature(step, test) for step in test.steps}
    inputs = [test.blobs[v] for v in test.inputs], [train.blobs[v] for v in train.inputs]
    losses = {loss_name(n, top) for n in train.graph.nodes for top in n.tops} - {""}
    same = inputs[0] == inputs[1] and losses <= test.outputs.keys()
    return same and all(_signature(step, train) in known for step in train.steps)


def _signature(step: Step, steps: Flow) -> tuple[object, ...]:
    reads = tuple(steps.blobs[value] for value in step.reads)
    return step.name, step.init.replace(", inplace=True", ""), step.call, reads


def script(training: Training, model: str, folder: Path | None = None) -> str:
    """The text of the script, which runs from any folder.

    model:  the module that holds the net's class
    folder: where the script will lie, for the way to the databases; None for absolute paths
    """
    source = grouped(training.graph, faithful=True)
    name = source.class_name
    param = training.param
    node = feeding.lmdb_of(training.train)
    known, lookup = multipliers(training.train, source.paths)
    named = feeding.mean_name(node) if node else ""
    mean = [f'MEAN = torch.load(HERE / "{model}_mean.pt")  # the mean image'] if named else []
    pieces = [
        _text([*HEAD, *mean, f"MULTIPLIERS = {known}"]),
        lookup,
        _text(rates.rate(param)),
        _text(updates.update(param)),
        *feeding.feeding(training.train, training.test if training.tests else None),
        _text(_loss(training)),
    ]
    if training.tests:
        pieces.append(_text(_test(training)))
    pieces += [
        _text(_train(training, name, model, folder)),
        'if __name__ == "__main__":\n    train()\n',
    ]
    body = "\n\n".join(pieces).replace("\n\n\n\n", "\n\n\n")
    about = f"Trains {name} as its solver says. Written by caffe2torch; plain PyTorch."
    head = _text(docstring(about, 0))
    return f"{head}\n{_imports(body, name, model)}\n{body}"


HEAD = [
    "HERE = Path(__file__).parent",
    "Batches = Iterator[tuple[torch.Tensor, ...]]",
    'DEVICE = "cuda" if torch.cuda.is_available() else "cpu"',
]


def _text(lines: list[str]) -> str:
    out: list[str] = []
    for line in lines:
        bare = line.lstrip()
        out += broken(bare, len(line) - len(bare)) if bare else [""]
    return "\n".join(out) + "\n"


def _loss(training: Training) -> list[str]:
    """The function that takes the losses out of what the net gives."""
    weights = {
        loss_name(node, top): weight
        for node in training.train.nodes
        for top, weight in zip(node.tops, node.loss_weights, strict=True)
        if weight
    }
    lines = ["def total_loss(outputs) -> torch.Tensor:", '    """The sum of the losses."""']
    if len(flow(training.graph).outputs) == 1:
        (weight,) = weights.values()
        return [*lines, f"    return {_times(weight)}outputs.sum()"]
    terms = [f"{_times(weight)}outputs[{quoted(blob)}].sum()" for blob, weight in weights.items()]
    return [*lines, f"    return {' + '.join(terms)}"]


def _times(weight: float) -> str:
    return "" if weight == 1 else f"{number(weight)} * "


def _test(training: Training) -> list[str]:
    assert training.test is not None
    count = training.param.test_iter[0]
    single = len(training.test.outputs) == 1
    keep = "{'loss': outputs}" if single else "outputs"
    return [
        "@torch.no_grad()",
        "def test(net: nn.Module, data: Batches) -> None:",
        f'    """Print the mean of every output over {count} batches."""',
        "    net.eval()",
        "    scores: dict[str, float] = {}",
        f"    for _ in range({count}):",
        "        outputs = net(*(blob.to(DEVICE) for blob in next(data)))",
        f"        for blob, value in {keep}.items():".replace("'", '"'),
        f"            scores[blob] = scores.get(blob, 0) + value.mean().item() / {count}",
        '    print("  test:", scores)',
        "    net.train()",
    ]


def _train(training: Training, name: str, model: str, folder: Path | None) -> list[str]:
    param = training.param
    feed = feeding.calls(feeding.lmdb_of(training.train), True, folder)
    prefix = param.snapshot_prefix or model
    within = [] if "/" not in prefix else ["    prefix.parent.mkdir(parents=True, exist_ok=True)"]
    lines = [
        "def train() -> None:",
        f'    """{param.type}, {param.max_iter} iterations."""',
        f"    prefix = HERE / {quoted(prefix)}",
        *within,
        f"    net = {name}().train()",
        f'    net.load_state_dict(load_file(HERE / "{model}.safetensors"))',
        "    net.to(DEVICE)",
        "    state: dict[str, list[torch.Tensor]] = {}",
        f"    data = {feed}",
    ]
    if training.tests:
        assert training.test is not None
        lines.append(
            f"    test_data = {feeding.calls(feeding.lmdb_of(training.test), False, folder)}"
        )
    lines.append(f"    for iteration in range({param.max_iter}):")
    if training.tests and param.test_interval:
        first = "" if param.test_initialization else "iteration and "
        lines += [
            f"        if {first}iteration % {param.test_interval} == 0:",
            "            test(net, test_data)",
        ]
    lines += _forward(param)
    if param.display:
        lines += [
            f"        if iteration % {param.display} == 0:",
            '            print(f"iteration {iteration}: loss {loss.item():.6g}")',
        ]
    lines.append("        update(net, state, iteration)")
    if param.snapshot:
        lines += [
            f"        if (iteration + 1) % {param.snapshot} == 0:",
            '            torch.save(net.state_dict(), f"{prefix}_iter_{iteration + 1}.pt")',
        ]
    if training.tests:
        lines.append("    test(net, test_data)")
    return [*lines, '    torch.save(net.state_dict(), f"{prefix}.pt")']


def _forward(param: pb.SolverParameter) -> list[str]:
    lines = [
        "        loss = total_loss(net(*(blob.to(DEVICE) for blob in next(data))))",
        "        loss.backward()",
    ]
    if param.iter_size == 1:
        return lines
    return [f"        for _ in range({param.iter_size}):", *(f"    {line}" for line in lines)]


def _imports(body: str, name: str, model: str) -> str:
    standard = [
        f"import {module}"
        for module in ("io", "math", "random")
        if re.search(rf"\b{module}\.", body)
    ]
    standard += ["from collections.abc import Iterator", "from pathlib import Path"]
    other = ["import lmdb"] if "lmdb." in body else []
    other += ["import torch"]
    other += ["from PIL import Image"] if "Image." in body else []
    other += ["from safetensors.torch import load_file", "from torch import nn"]
    net_import = f"from {model} import {name}"
    return "\n".join([*standard, "", *sorted(other, key=_order), "", net_import]) + "\n"


def _order(line: str) -> tuple[bool, str]:
    """Plain imports first, then by name, as import sorters have it."""
    return line.startswith("from"), line.lower()
