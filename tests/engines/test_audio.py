"""How loud rendered speech is made."""

from __future__ import annotations

import numpy as np
import pytest

from voicecoach.audio import LOUDEST, Pcm


@pytest.mark.parametrize(("peak", "gain", "heard"), [
    (0.3, 1.0, 0.3), (0.3, 2.0, 0.6), (0.3, 0.25, 0.075), (0.7, 2.0, LOUDEST), (0.99, 1.4, 0.99), (0.99, 0.5, 0.495), (0.0, 2.0, 0.0),
])
def test_a_gain_never_clips_and_never_makes_louder_softer(peak, gain, heard):
    pcm = Pcm(np.array([0, -peak, peak / 2], np.float32), 16_000).amplified(gain)
    assert np.abs(pcm.samples).max() == pytest.approx(heard)
    assert pcm.rate == 16_000
