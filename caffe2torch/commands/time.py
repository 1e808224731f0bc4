"""Time every layer of a net as `caffe time` does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from caffe2torch.commands._gflags import GflagsCommand
from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._options import (
    LEVEL,
    STAGES,
    caffe_state,
    phase_option,
    python_layers_option,
    workers_option,
)
from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import echo, note

GROUP = "train"
EXAMPLE = "c2t time train_val.prototxt"


@click.command(cls=GflagsCommand)
@click.argument("net", required=False, default="", callback=of_kind("net", "solver"))
@click.option("--model", default="", hidden=True, callback=of_kind("net", "solver"))
@click.option("--iterations", type=click.IntRange(1), default=50, help="Passes to time [50].")
@phase_option("Phase of the net [TRAIN].", default="TRAIN")
@click.option("--device", default="", help="cpu, cuda, cuda:N or auto.")
@click.option("--gpu", default="", hidden=True, help="As caffe time has it.")
@click.option("--amp", type=click.Choice(["bf16", "fp16"]), help="Automatic mixed precision.")
@LEVEL
@STAGES
@click.option("--log", default="", help="Caffe's log lines to this file; - is stderr.")
@click.option("--data", is_flag=True, help="Time the stages of reading data instead.")
@click.option("--compare", is_flag=True, help="Time whole batches by layout, threads, engine.")
@JSON
@workers_option
@python_layers_option
def command(net: str, model: str, gpu: str, as_json: bool, **flags: Any) -> None:
    """Print mean and share of each layer's forward and backward, and images/s.

    NET may be a solver, whose train net is meant. The slowest layers are set against the time that
    this processor would need at least for their products and bytes.

    With --compare: what a batch takes on the CPU by layout and number of threads and, with --phase
    TEST, by the engines that are installed.

    With --data: images/s of reading, decoding, transforming and all together, and where the wall
    is. Three batches go before, to warm up. Data that is not there is replaced by zeros.
    """
    net = net or model
    if not net:
        raise click.UsageError("name a net: c2t time net.prototxt")
    if flags["data"] or flags["compare"]:
        (_time_data if flags["data"] else _compare)(net, flags, as_json)
        return
    from caffe2torch.graph import build_graph
    from caffe2torch.module.options import Options
    from caffe2torch.module.runner import Runner
    from caffe2torch.outputs import Permit, permitted
    from caffe2torch.train import devices, roofline
    from caffe2torch.train import time as timing
    from caffe2torch.train.log import log_to
    from caffe2torch.train.net_log import log_net
    from caffe2torch.train.test import net_to_time

    chosen = devices.choose(flags["device"] or (f"cuda:{gpu.split(',')[0]}" if gpu else "cpu"))
    with log_to(*([flags["log"]] if flags["log"] else [])) as log:
        devices.log_one(chosen, log, 343, 339)
        use, notes = net_to_time(net, flags["phase"], **caffe_state(flags))
        graph = build_graph(use.net, use.state, assume=True)
        log_net(graph, log)
        runner = Runner(graph, Options(chosen, flags["amp"] or ""), data=not graph.notes)
        for text in [*notes, *graph.notes]:
            note(text)
        try:
            with permitted(Permit.beside(net)):
                times = timing.Benchmark(runner, log).run(flags["iterations"])
        finally:
            runner.close()
    if as_json:
        print_json({**asdict(times), "images_per_second": times.images_per_second})
        return
    for line in timing.table(times):
        echo(line)
    if chosen.type == "cpu":
        forward = [layer.forward for layer in times.layers]
        echo("the slowest layers:")
        for line in roofline.slowest(graph, forward, roofline.measure()):
            echo(f"  {line}")


def _time_data(net: str, flags: dict[str, Any], as_json: bool) -> None:
    from caffe2torch.graph import build_graph
    from caffe2torch.module.data_time import measure_stages, stage_table
    from caffe2torch.train.test import net_to_time

    use, notes = net_to_time(net, flags["phase"], **caffe_state(flags))
    for text in notes:
        note(text)
    stages_measured = measure_stages(build_graph(use.net, use.state))
    if as_json:
        print_json([asdict(stage) for stage in stages_measured])
        return
    for line in stage_table(stages_measured):
        echo(line)


def _compare(net: str, flags: dict[str, Any], as_json: bool) -> None:
    from caffe2torch.engines.speeds import compare, speed_table
    from caffe2torch.graph import build_graph
    from caffe2torch.train.test import net_to_time

    use, notes = net_to_time(net, flags["phase"], **caffe_state(flags))
    graph = build_graph(use.net, use.state, assume=True)
    for line in [*notes, *graph.notes]:
        note(line)
    images = graph.sources[0].top_shapes[0][0] if graph.sources else 1
    speeds = list(compare(graph))
    if as_json:
        print_json([asdict(one) for one in speeds])
        return
    for line in speed_table(speeds, images):
        echo(line)
