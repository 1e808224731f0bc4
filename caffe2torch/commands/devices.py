"""List the devices that torch can use here, as `caffe device_query` does."""

from __future__ import annotations

import os

import click

from caffe2torch.terminal import echo

GROUP = "look"
EXAMPLE = "c2t devices"


@click.command()
def command() -> None:
    """Print each device with its name, memory and abilities."""
    import torch

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
