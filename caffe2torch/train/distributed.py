"""Training with several processes: torch.distributed, with Caffe's meaning.

batch_size is that of one process, records are dealt out in turn, gradients are averaged, rank 0
tests and writes snapshots. BatchNorm works on each process by itself, or with --sync-bn on the
statistics of one large batch: torch's own SyncBatchNorm cannot carry Caffe's blobs and refuses
the CPU, so its arithmetic is written out here.

A run asks everything of its `Ranks`; one that is alone gets the answers of a single process.

Source: Caffe src/caffe/parallel.cpp; PyTorch's DistributedDataParallel, and
torch/nn/modules/_functions.py, SyncBatchNorm
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from types import MethodType
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from caffe2torch.errors import SolverError
from caffe2torch.module.blobs import graph_of, tensors

REQUESTS = ("", "snapshot", "stop")
"""What a process may ask for, the gravest last."""
PATIENCE = timedelta(days=1)
"""Rank 0 tests while the others wait; a process that dies is noticed by whoever started it."""
LINGER = 3.0
"""Seconds that a process waits for the one that died first to be heard."""
SPARED = 8
"""Up to so many processes agree on requests in every step, more of them in every tenth."""


class Ranks:
    """A single process. `distributed.Group` answers the same for many.

    rank, world: this process among all; rank 0 tests, logs and writes snapshots
    device:      where this process trains, None to go by flags and solver
    """

    rank = 0
    world = 1
    device: torch.device | None = None

    @property
    def first(self) -> bool:
        """Whether this process is the one that talks."""
        return self.rank == 0

    def wrap(self, net: nn.Module, sync_bn: bool) -> nn.Module:
        """Return the net whose backward averages gradients over all processes.

        sync_bn: BatchNorm takes its statistics over all processes too
        """
        return net

    def apart(self) -> AbstractContextManager[Any]:
        """Return a context in which gradients stay where they are."""
        return nullcontext()

    def means(self, values: Sequence[float]) -> list[float]:
        """Return the mean of each value over all processes."""
        return list(values)

    def agree(self, request: str) -> str:
        """Return the request that any process has, so that all act on it together."""
        return request

    def gather(self, thing: Any) -> list[Any]:
        """Return what each process passes, in the order of the ranks."""
        return [thing]

    def same(self, thing: Any) -> Any:
        """Return what rank 0 passes."""
        return thing


class Group(Ranks):
    """The processes that the environment names, as torchrun and `c2t train --gpus` set it."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        cuda = device.type == "cuda"
        self.index = device.index if cuda else None
        if cuda:
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if cuda else "gloo", timeout=PATIENCE)
        # Python objects and requests go over the processors, so that no GPU is waited for.
        self.control = dist.new_group(backend="gloo", timeout=PATIENCE)
        self.rank, self.world = dist.get_rank(), dist.get_world_size()
        self.parallel: DistributedDataParallel | None = None
        self.request, self.calls = 0, 0

    def wrap(self, net: nn.Module, sync_bn: bool) -> nn.Module:
        """Return the net in DistributedDataParallel; unreached parameters are left out of it."""
        if sync_bn:
            synchronize(net)
        held, reached = tensors(net), set()
        for node in graph_of(net).nodes:
            for ref, needs in zip(node.params, node.param_need_backward, strict=True):
                if node.need_backward and needs:
                    reached.add(id(ref.owner or ref))
        for key, tensor in held.items():
            if tensor.requires_grad and key not in reached:
                tensor.requires_grad_(False)
        if not any(p.requires_grad for p in net.parameters()):
            return net
        ids = [self.index] if self.index is not None else None
        with warnings.catch_warnings():
            # torch 2.13 renames the argument; the new name is unknown to older ones.
            warnings.simplefilter("ignore", FutureWarning)
            self.parallel = DistributedDataParallel(net, device_ids=ids, broadcast_buffers=False)
        return self.parallel

    def apart(self) -> AbstractContextManager[Any]:
        """Return a context in which gradients add up without being averaged yet."""
        return self.parallel.no_sync() if self.parallel else nullcontext()

    def means(self, values: Sequence[float]) -> list[float]:
        """Return the mean of each value over all processes."""
        total = torch.tensor(list(values), dtype=torch.float64)
        dist.all_reduce(total, group=self.control)
        return [float(value) for value in (total / self.world).tolist()]

    def agree(self, request: str) -> str:
        """Return the gravest request of any process; asked for in step by all of them."""
        self.request = max(self.request, REQUESTS.index(request))
        self.calls += 1
        if self.world > SPARED and self.calls % 10:
            return ""
        gravest = torch.tensor([self.request])
        dist.all_reduce(gravest, op=dist.ReduceOp.MAX, group=self.control)
        self.request = 0
        return REQUESTS[int(gravest)]

    def gather(self, thing: Any) -> list[Any]:
        """Return what each process passes, in the order of the ranks."""
        things: list[Any] = [None] * self.world
        dist.all_gather_object(things, thing, group=self.control)
        return things

    def same(self, thing: Any) -> Any:
        """Return what rank 0 passes."""
        carried = [thing]
        dist.broadcast_object_list(carried, src=0, group=self.control)
        return carried[0]


def join(flag: str) -> Ranks:
    """Return the group that the environment asks for, or a process alone.

    flag: --device; without it each process takes the CUDA device of its LOCAL_RANK, if there are
          any
    Raises: SolverError if a device is not there.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Ranks()
    local = int(os.environ.get("LOCAL_RANK", os.environ["RANK"]))
    given = os.environ.get("C2T_DEVICE", flag)
    if not given or given in ("auto", "cuda"):
        given = f"cuda:{local}" if torch.cuda.is_available() else "cpu"
    device = torch.device(given)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise SolverError(
            f"process {local} has no device {given}: there are {torch.cuda.device_count()}",
            hint="start as many processes as there are devices, or use --device cpu",
        )
    if "C2T_PARENT" in os.environ:
        _die_with_parent()
    return Group(device)


def _die_with_parent() -> None:
    """End when the process that started this one is gone, however it went."""
    parent = int(os.environ["C2T_PARENT"])

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def together(ranks: Ranks) -> Iterator[None]:
    """Say goodbye to the other processes at the end.

    When one of them dies, the rest fail too, with an error that tells nothing: they wait, so
    that the error of the one that died first is found and shown.
    """
    try:
        yield
    except (RuntimeError, dist.DistError) as error:
        if ranks.world > 1:
            time.sleep(LINGER)
            raise SolverError(f"another process of this run has ended ({error})") from error
        raise
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


class _Sum(torch.autograd.Function):
    """The sum over all processes; each one's gradient reaches all of them."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return the sum of what the processes pass."""
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """Return the sum of the gradients."""
        total = grads[0].clone()
        dist.all_reduce(total)
        return total


def synchronize(net: nn.Module) -> int:
    """Let every BatchNorm of a net take its statistics over all processes; return how many do."""
    norms = [m for m in net.modules() if hasattr(m, "normalize") and hasattr(m, "store")]
    for module in norms:
        setattr(module, "normalize", MethodType(_normalize, module))  # noqa: B010
    return len(norms)


@contextmanager
def by_itself(net: nn.Module) -> Iterator[None]:
    """Let every BatchNorm of a net use the statistics of this process alone, inside the block.

    For a forward that the other processes do not run: they would be waited for in vain.
    """
    norms = [module for module in net.modules() if "normalize" in vars(module)]
    shared = [vars(module).pop("normalize") for module in norms]
    try:
        yield
    finally:
        for module, normalize in zip(norms, shared, strict=True):
            setattr(module, "normalize", normalize)  # noqa: B010


def _normalize(module: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """Normalize (N, C, ...) by mean and biased variance over all processes; store both."""
    axes = [axis for axis in range(x.dim()) if axis != 1]
    wide = x.float()
    count = torch.tensor(float(x.numel() // x.size(1)), device=x.device)
    dist.all_reduce(count)
    mean = _Sum.apply(wide.sum(axes)) / count
    centred = wide - _along(mean, x)
    variance = _Sum.apply(centred.square().sum(axes)) / count
    y = centred * _along((variance + module.eps).rsqrt(), x)
    unbiased = variance.detach() * (count / (count - 1).clamp(min=1))
    module.store(mean.detach(), unbiased)
    y = y if weight is None else y * _along(weight, x)
    y = y if bias is None else y + _along(bias, x)
    return y.to(x.dtype)


def _along(values: Tensor, x: Tensor) -> Tensor:
    """Return one value a channel in a shape that fits x."""
    return values.view(1, -1, *[1] * (x.dim() - 2))
