"""List the devices that torch can use here, as `caffe device_query` does."""

from __future__ import annotations

import os

import click

from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import echo

GROUP = "look"
EXAMPLE = "c2t devices"


@click.command()
@JSON
def command(as_json: bool) -> None:
    """Print each device with its name, memory and abilities."""
    import torch

    if as_json:
        print_json(_facts())
        return
    threads = torch.get_num_threads()
    echo(f"cpu      {os.cpu_count()} cores, {threads} threads in use, torch {torch.__version__}")
    for index in range(torch.cuda.device_count()):
        device = torch.cuda.get_device_properties(index)
        memory = device.total_memory / 2**30
        half = "bf16 and tf32" if device.major >= 8 else "fp16"
        echo(
            f"cuda:{index}   {device.name}, {memory:.1f} GiB, compute capability "
            f"{device.major}.{device.minor}, {device.multi_processor_count} multiprocessors, {half}"
        )
    if not torch.cuda.device_count():
        built = torch.version.cuda
        why = "this torch is built without CUDA" if built is None else "no device or driver found"
        echo(f"cuda     none: {why}")


def _facts() -> dict[str, object]:
    """What is printed, in JSON's types."""
    import torch

    every = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
    return {
        "torch": torch.__version__,
        "processors": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "cuda": [
            {"name": d.name, "bytes": d.total_memory, "capability": [d.major, d.minor]}
            for d in every
        ],
    }
