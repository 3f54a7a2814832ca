"""The head in torch, its training, and the way into the file of weights. `voicecoach.hearing.head` runs it in numpy."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.train_head.windows import Windows


@dataclass(frozen=True)
class Settings:
    """How to train."""

    channels: int = 128
    pools: int = 4
    epochs: int = 9
    batch: int = 128
    rate: float = 2e-3
    decay: float = 2e-2
    dropout: float = 0.2
    smoothing: float = 0.02
    auxiliary: float = 0.3
    """Weight of the loss of the auxiliary target, which of the words it is."""
    mixup: float = 0.3
    """Share of the batches in which two windows are blended."""
    mask: float = 0.5
    """Share of the batches in which up to six neighbouring frames are hidden."""
    average: float = 0.999
    """Decay of the moving average of the weights, which is what is kept."""
    seed: int = 7


class Head(nn.Module):
    """Two convolutions over time, attention pooling, one number: see `voicecoach.hearing.head` for the formulae."""

    def __init__(self, mean: Tensor, deviation: Tensor, groups: int, settings: Settings) -> None:
        super().__init__()
        width, channels, pools = len(mean), settings.channels, settings.pools
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.first = nn.Conv1d(width, channels, 3, padding=1)
        self.second = nn.Conv1d(channels, channels, 3, padding=2, dilation=2)
        self.attention = nn.Linear(channels, pools)
        self.output = nn.Linear(channels * pools, 1)
        self.group = nn.Linear(channels * pools, groups)
        self.drop = nn.Dropout1d(settings.dropout)
        self.drop_pooled = nn.Dropout(settings.dropout)

    def standard(self, frames: Tensor) -> Tensor:
        """Frames (batch, time, width) at mean 0 and deviation 1, as (batch, width, time)."""
        return ((frames - self.mean) / self.deviation).transpose(1, 2)

    def forward(self, standard: Tensor) -> tuple[Tensor, Tensor]:
        """Score (batch,) and logits of the groups."""
        z = torch.relu(self.first(self.drop(standard)))
        z = torch.relu(self.second(self.drop(z)))
        weight = torch.softmax(self.attention(z.transpose(1, 2)), dim=1)
        pooled = self.drop_pooled((z @ weight).transpose(1, 2).flatten(1))
        return self.output(pooled)[:, 0], self.group(pooled)

    def export(self) -> dict[str, Tensor]:
        """Arrays for the file of weights; a convolution as (taps * in, out), the newest frame last."""
        def taps(conv: nn.Conv1d) -> Tensor:
            return conv.weight.permute(2, 1, 0).flatten(0, 1)
        arrays = {
            "mean": self.mean, "deviation": self.deviation,
            "first": taps(self.first), "first_bias": self.first.bias,
            "second": taps(self.second), "second_bias": self.second.bias,
            "attention": self.attention.weight.T, "output": self.output.weight[0].reshape(self.attention.out_features, -1),
            "output_bias": self.output.bias,
        }
        return {name: array.detach().half() for name, array in arrays.items()}


class Batches:
    """Batches of windows of one length each, in a random order."""

    def __init__(self, windows: Windows, size: int) -> None:
        self._frames = torch.from_numpy(windows.frames)
        self._starts = np.concatenate(([0], np.cumsum(windows.lengths)[:-1]))
        self._windows, self._size = windows, size

    def epoch(self, rng: np.random.Generator | None) -> Iterator[tuple[Tensor, Tensor, Tensor, npt.NDArray[np.int64]]]:
        """Frames, whether "stop", group, and the windows' numbers."""
        batches = []
        for length in np.unique(self._windows.lengths):
            mine = np.flatnonzero(self._windows.lengths == length)
            if rng is not None:
                rng.shuffle(mine)
            batches += np.array_split(mine, max(1, len(mine) // self._size))
        for index in rng.permutation(len(batches)) if rng is not None else range(len(batches)):
            rows = batches[index]
            places = torch.from_numpy(self._starts[rows][:, None] + np.arange(self._windows.lengths[rows[0]]))
            yield (self._frames[places].float(), torch.from_numpy(self._windows.is_stop[rows].astype(np.float32)),
                   torch.from_numpy(self._windows.group[rows]), rows)


def train(windows: Windows, groups: int, settings: Settings, check: Windows | None = None) -> Head:
    """The averaged head after all epochs; prints the loss, and with `check` the figures of the windows there."""
    torch.manual_seed(settings.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(settings.seed)
    sample = windows.frames[:: max(1, len(windows.frames) // 200_000)].astype(np.float32)
    head = Head(torch.from_numpy(sample.mean(axis=0)), torch.from_numpy(sample.std(axis=0)), groups, settings)
    average = copy.deepcopy(head).eval()
    optimiser = torch.optim.AdamW(head.parameters(), settings.rate, weight_decay=settings.decay)
    batches = Batches(windows, settings.batch)
    steps, step = settings.epochs * sum(1 for _ in np.unique(windows.lengths)) + settings.epochs * len(windows.lengths) // settings.batch, 0
    for epoch in range(settings.epochs):
        head.train()
        losses = []
        for frames, is_stop, group, _ in batches.epoch(rng):
            step += 1
            warm = min(1.0, step / 200)
            for part in optimiser.param_groups:
                part["lr"] = settings.rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, step / steps))) / 2)
            loss = _loss(head, frames, is_stop, group, settings, rng)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
            _follow(average, head, min(settings.average, step / (step + 10)))
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", figures(average, check) if check else "", flush=True)  # noqa: T201 - a command reports
    return average


def _loss(head: Head, frames: Tensor, is_stop: Tensor, group: Tensor, settings: Settings, rng: np.random.Generator) -> Tensor:
    z = head.standard(frames)
    if rng.random() < settings.mask:
        at, hidden = rng.integers(z.shape[2]), rng.integers(1, 7)
        z[:, :, at : at + hidden] = 0
    share, other = 1.0, torch.arange(len(z))
    if rng.random() < settings.mixup:
        share, other = 1 - rng.beta(0.4, 0.4) / 2, torch.from_numpy(rng.permutation(len(z)))
        z = share * z + (1 - share) * z[other]
    score, logits = head(z)
    target = (share * is_stop + (1 - share) * is_stop[other]) * (1 - 2 * settings.smoothing) + settings.smoothing
    main = functional.binary_cross_entropy_with_logits(score, target)
    side = share * functional.cross_entropy(logits, group) + (1 - share) * functional.cross_entropy(logits, group[other])
    return main + settings.auxiliary * side


def _follow(average: Head, head: Head, decay: float) -> None:
    with torch.no_grad():
        for kept, new in zip(average.parameters(), head.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)


def scores(head: Head, windows: Windows) -> npt.NDArray[np.float32]:
    """The head's score of each window."""
    found = np.zeros(len(windows.lengths), np.float32)
    with torch.no_grad():
        for frames, _, _, rows in Batches(windows, 256).epoch(None):
            found[rows] = head(head.standard(frames))[0].numpy()
    return found


def figures(head: Head, windows: Windows) -> str:
    """Recall at three rates of false accepts, over all noises at once."""
    score = scores(head, windows)
    wrong = np.sort(score[~windows.is_stop])[::-1]
    parts = []
    for rate in (0.002, 0.005, 0.02):
        bar = wrong[int(rate * len(wrong))]
        parts.append(f"{100 * np.mean(score[windows.is_stop] > bar):.1f} % > {bar:.1f} ({100 * rate:.1f} % false)")
    return "; ".join(parts)


def save(path: Path, heads: list[dict[str, Tensor]]) -> None:
    """Write the exported weights of several heads, whose scores are averaged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{name: np.stack([one[name].numpy() for one in heads]) for name in heads[0]})
