"""The head in torch, its training, and the way into the file of weights. `voicecoach.hearing.head` runs it in numpy."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.train_head.windows import Windows
from voicecoach.hearing.head import SOURCES


@dataclass(frozen=True)
class Settings:
    """How to train."""

    channels: tuple[int, ...] = (128, 96)
    """Of each source, in the order of `SOURCES`."""
    pools: int = 4
    epochs: int = 6
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
    """Share of the batches in which a stretch of the window is hidden."""
    hidden: float = 0.1
    """The longest such stretch, as a share of the window."""
    average: float = 0.999
    """Decay of the moving average of the weights, which is what is kept."""
    seed: int = 7


class Branch(nn.Module):
    """Two convolutions over the frames of one source, and attention pooling."""

    def __init__(self, frames: npt.NDArray[np.float16], channels: int, step: int, settings: Settings) -> None:
        super().__init__()
        sample = frames[:: max(1, len(frames) // 200_000)].astype(np.float32)
        self.register_buffer("mean", torch.from_numpy(sample.mean(axis=0)))
        self.register_buffer("deviation", torch.from_numpy(sample.std(axis=0) + 1e-3))
        self.first = nn.Conv1d(frames.shape[1], channels, 3, padding=1)
        self.second = nn.Conv1d(channels, channels, 3, padding=step, dilation=step)
        self.attention = nn.Linear(channels, settings.pools)
        self.drop = nn.Dropout1d(settings.dropout)

    def standard(self, frames: Tensor) -> Tensor:
        """Frames (batch, time, width) at mean 0 and deviation 1, as (batch, width, time)."""
        return ((frames - self.mean) / self.deviation).transpose(1, 2)

    def forward(self, standard: Tensor) -> Tensor:
        """What is left of a window, (batch, channels * pools)."""
        z = torch.relu(self.first(self.drop(standard)))
        z = torch.relu(self.second(self.drop(z)))
        weight = torch.softmax(self.attention(z.transpose(1, 2)), dim=1)
        return (z @ weight).transpose(1, 2).flatten(1)


class Head(nn.Module):
    """A branch for each source and one number out of both: see `voicecoach.hearing.head` for the formulae."""

    def __init__(self, windows: Windows, groups: int, settings: Settings) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            Branch(windows.frames[name], channels, step, settings)
            for (name, step), channels in zip(SOURCES.items(), settings.channels, strict=True))
        width = sum(settings.channels) * settings.pools
        self.output, self.group = nn.Linear(width, 1), nn.Linear(width, groups)
        self.drop = nn.Dropout(settings.dropout)

    def standard(self, frames: Sequence[Tensor]) -> list[Tensor]:
        """Each source's frames as its branch wants them."""
        return [branch.standard(part) for branch, part in zip(self.branches, frames, strict=True)]

    def forward(self, standard: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Score (batch,) and logits of the groups."""
        pooled = self.drop(torch.cat([branch(part) for branch, part in zip(self.branches, standard, strict=True)], dim=1))
        return self.output(pooled)[:, 0], self.group(pooled)

    def export(self) -> dict[str, Tensor]:
        """Arrays for the file of weights; a convolution as (taps * in, out), the newest frame last."""
        def taps(conv: nn.Conv1d) -> Tensor:
            return conv.weight.permute(2, 1, 0).flatten(0, 1)
        arrays = {"output_bias": self.output.bias}
        outputs = self.output.weight[0].split([branch.second.out_channels * branch.attention.out_features for branch in self.branches])
        for name, branch, output in zip(SOURCES, self.branches, outputs, strict=True):
            arrays |= {f"{name}.{key}": array for key, array in {
                "mean": branch.mean, "deviation": branch.deviation,
                "first": taps(branch.first), "first_bias": branch.first.bias,
                "second": taps(branch.second), "second_bias": branch.second.bias,
                "attention": branch.attention.weight.T, "output": output.reshape(branch.attention.out_features, -1)}.items()}
        return {name: array.detach().half() for name, array in arrays.items()}


class Batches:
    """Batches of windows that are equally long in every source, in a random order."""

    def __init__(self, windows: Windows, size: int) -> None:
        self._windows, self._size = windows, size
        self._sources = [(torch.from_numpy(windows.frames[name]), lengths, np.cumsum(lengths) - lengths)
                         for name, lengths in windows.lengths.items()]
        _, self._alike = np.unique(np.stack(list(windows.lengths.values())), axis=1, return_inverse=True)

    def __len__(self) -> int:
        return sum(max(1, int(count) // self._size) for count in np.bincount(self._alike))

    def epoch(self, rng: np.random.Generator | None) -> Iterator[tuple[list[Tensor], Tensor, Tensor, npt.NDArray[np.int64]]]:
        """Frames of each source, whether "stop", group, and the windows' numbers."""
        batches = []
        for kind in range(self._alike.max() + 1):
            mine = np.flatnonzero(self._alike == kind)
            if rng is not None:
                rng.shuffle(mine)
            batches += np.array_split(mine, max(1, len(mine) // self._size))
        for index in rng.permutation(len(batches)) if rng is not None else range(len(batches)):
            rows = batches[index]
            frames = [all_frames[torch.from_numpy(starts[rows][:, None] + np.arange(lengths[rows[0]]))].float()
                      for all_frames, lengths, starts in self._sources]
            yield (frames, torch.from_numpy(self._windows.is_stop[rows].astype(np.float32)),
                   torch.from_numpy(self._windows.group[rows]), rows)


def train(windows: Windows, groups: int, settings: Settings, check: Windows | None = None) -> Head:
    """The averaged head after all epochs; prints the loss, and with `check` the figures of the windows there."""
    torch.manual_seed(settings.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(settings.seed)
    head = Head(windows, groups, settings)
    average = copy.deepcopy(head).eval()
    optimiser = torch.optim.AdamW(head.parameters(), settings.rate, weight_decay=settings.decay)
    batches = Batches(windows, settings.batch)
    steps, step = settings.epochs * len(batches), 0
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


def _loss(head: Head, frames: list[Tensor], is_stop: Tensor, group: Tensor, settings: Settings, rng: np.random.Generator) -> Tensor:
    sources = head.standard(frames)
    if rng.random() < settings.mask:
        at, hidden = rng.random(), rng.uniform(0, settings.hidden)
        for z in sources:
            first = int(at * z.shape[2])
            z[:, :, first : first + max(1, round(hidden * z.shape[2]))] = 0
    share, other = 1.0, torch.arange(len(is_stop))
    if rng.random() < settings.mixup:
        share, other = 1 - rng.beta(0.4, 0.4) / 2, torch.from_numpy(rng.permutation(len(is_stop)))
        sources = [share * z + (1 - share) * z[other] for z in sources]
    score, logits = head(sources)
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
    found = np.zeros(len(windows.is_stop), np.float32)
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
