from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from voicecoach.engines import onnx
from voicecoach.engines.onnx import shared_network


@pytest.fixture
def loaded(monkeypatch):
    """Every path that was loaded, in order; a path that is called bad fails the first time."""
    paths = []

    def load(path):
        paths.append(path)
        if path.name == "bad" and paths.count(path) == 1:
            raise ValueError("no network")
        return object()

    monkeypatch.setattr(onnx, "load_network", load)
    return paths


def test_ears_that_start_together_share_one_network(loaded, tmp_path):
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(shared_network, [tmp_path / "one"] * 8))
    assert len(found) == len(loaded) == 1
    assert shared_network(tmp_path / "other") not in found


def test_a_network_that_failed_is_tried_again(loaded, tmp_path):
    with pytest.raises(ValueError, match="no network"):
        shared_network(tmp_path / "bad")
    assert shared_network(tmp_path / "bad") is shared_network(tmp_path / "bad")
    assert len(loaded) == 2
