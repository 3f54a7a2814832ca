"""Listening for a while, outside of a session: for teaching a sound and for measuring the microphone. Nothing is kept on disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np

from voicecoach.audio import RATE, Pcm, Samples
from voicecoach.engines import Microphone, Speaker
from voicecoach.errors import EngineError

PATIENCE = 5.0
"""Seconds without a block after which the microphone counts as lost."""


@contextmanager
def listening(microphone: Microphone) -> Iterator[Iterator[Samples]]:
    """The blocks that come in from now on, as an endless iterator.

    Raises:
        EngineError: the microphone cannot be opened, or goes while blocks are taken.
    """
    blocks: queue.SimpleQueue[Samples | str] = queue.SimpleQueue()
    microphone.start(lambda block: blocks.put(block.copy()), blocks.put)
    try:
        yield _taken(blocks)
    finally:
        microphone.stop()


def _taken(blocks: queue.SimpleQueue[Samples | str]) -> Iterator[Samples]:
    while True:
        try:
            block = blocks.get(timeout=PATIENCE)
        except queue.Empty:
            block = "no sound comes in"
        if isinstance(block, str):
            raise EngineError("microphone", block, "check that it is connected and switched on")
        yield block


def seconds(blocks: Iterator[Samples], count: float) -> Samples:
    """The next `count` seconds, a block more at most; less where the blocks end."""
    taken, total = [np.zeros(0, np.float32)], 0
    while total < count * RATE and (block := next(blocks, None)) is not None:
        taken.append(block)
        total += len(block)
    return np.concatenate(taken)


def play_alone(speaker: Speaker, lines: Iterable[Pcm]) -> None:
    """Open the speaker for these lines, one after the other, and close it again; each is rendered when its turn comes."""
    speaker.start(lambda _: None)
    try:
        for pcm in lines:
            play(speaker, pcm)
    finally:
        speaker.stop()


def play(speaker: Speaker, pcm: Pcm) -> None:
    """Play a line and return when it has been heard."""
    over = threading.Event()
    speaker.play(pcm, lambda: None, over.set)
    over.wait(pcm.seconds + PATIENCE)
