from __future__ import annotations

import io
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import LevelVad, Parrot, said

from bench.split import Part, kitchen, part_of, recordings
from voicecoach.engines.embedding import SpeechEmbedding
from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing import head as module
from voicecoach.hearing import rules
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.head import WEIGHTS, Branch, StopHead, Weights, score
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.segmenter import Kind
from voicecoach.vocabulary import Intent

STOP, NO, TALK = 1, 2, 3
HOLD = Grammar("hold", (Phrase("let go", Intent.STOP), Phrase("stop", Intent.STOP), Phrase("that hurts", Intent.PAIN), Phrase("no", Intent.NO)))


WIDTHS = {"encoder": 5, "embedding": 3}


def made_up(seed: int, heads: int = 2, channels: int = 4, pools: int = 3) -> Weights:
    rng = np.random.default_rng(seed)

    def some(*shape: int):
        return rng.normal(0, 0.7, (heads, *shape)).astype(np.float32)

    return Weights({source: Branch(some(width), np.abs(some(width)) + np.float32(0.1), some(3 * width, channels), some(channels),
                                   some(3 * channels, channels), some(channels), some(channels, pools), some(pools, channels))
                    for source, width in WIDTHS.items()}, some(1))


def frames_of(seed: int, encoder: int = 6, embedding: int = 4):
    rng = np.random.default_rng(seed)
    return {source: rng.normal(0, 1, (count, width)).astype(np.float32)
            for (source, width), count in zip(WIDTHS.items(), (encoder, embedding), strict=True)}


def saved(weights: Weights, **changes):
    arrays = {f"{source}.{name}": getattr(branch, name) for source, branch in weights.branches.items() for name in Branch.__dataclass_fields__}
    arrays |= {"output_bias": weights.output_bias} | {name.replace("__", "."): array for name, array in changes.items()}
    file = io.BytesIO()
    np.savez(file, **{name: array for name, array in arrays.items() if array is not None})
    file.seek(0)
    return file


def slow_convolve(frames, kernel, bias, step):
    """One number at a time, straight from the formula."""
    width, out = len(frames[0]), []
    for t in range(len(frames)):
        row = []
        for channel in range(len(bias)):
            total = float(bias[channel])
            for tap in range(3):
                at = t + (tap - 1) * step
                if 0 <= at < len(frames):
                    total += sum(float(frames[at][d]) * float(kernel[tap * width + d][channel]) for d in range(width))
            row.append(max(0.0, total))
        out.append(row)
    return out


def slow_part(b: Branch, h: int, frames, step: int) -> float:
    u = [[(float(x) - float(m)) / float(s) for x, m, s in zip(frame, b.mean[h], b.deviation[h], strict=True)] for frame in frames]
    z = slow_convolve(slow_convolve(u, b.first[h], b.first_bias[h], 1), b.second[h], b.second_bias[h], step)
    total = 0.0
    for pool in range(b.output.shape[1]):
        raw = [math.exp(sum(x * float(a) for x, a in zip(row, b.attention[h][:, pool], strict=True))) for row in z]
        for weight, row in zip(raw, z, strict=True):
            total += weight / sum(raw) * sum(x * float(o) for x, o in zip(row, b.output[h][pool], strict=True))
    return total


def slow_score(w: Weights, frames) -> float:
    heads = range(len(w.output_bias))
    return sum(float(w.output_bias[h][0]) + slow_part(w.branches["encoder"], h, frames["encoder"], 2)
               + slow_part(w.branches["embedding"], h, frames["embedding"], 1) for h in heads) / len(heads)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))
def test_the_score_is_what_the_formulae_say(seed, encoder, embedding, heads):
    weights, frames = made_up(seed, heads), frames_of(seed + 1, encoder, embedding)
    assert score(weights, frames) == pytest.approx(slow_score(weights, frames), abs=1e-3)


@pytest.mark.parametrize("silent", WIDTHS)
def test_no_frames_are_no_stop(silent):
    assert score(made_up(1), frames_of(1, **{silent: 0})) == -math.inf


def test_large_numbers_do_not_overflow():
    assert math.isfinite(score(made_up(1), {source: np.full((4, width), 1e4, np.float32) for source, width in WIDTHS.items()}))


def test_weights_survive_the_file():
    weights, frames = made_up(3), frames_of(3)
    assert score(Weights.read(saved(weights)), frames) == score(weights, frames)


def test_one_of_the_heads_can_be_asked_alone():
    weights, frames = made_up(3), frames_of(3)
    assert np.mean([score(weights.only((head,)), frames) for head in range(2)]) == pytest.approx(score(weights, frames), abs=1e-5)


@pytest.mark.parametrize(("change", "message"), [
    ({"encoder__first": np.zeros((2, 9, 4), np.float32)}, "encoder.first has shape"), ({"embedding__output": None}, "embedding.output"),
    ({"embedding__second_bias": np.zeros((1, 4))}, "embedding.second_bias"), ({"output_bias": np.zeros((3, 1))}, "output_bias"),
    ({"encoder__attention": np.zeros(3)}, "not enough values|encoder")])
def test_weights_that_do_not_fit_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        Weights.read(saved(made_up(3), **change))


def test_a_file_that_is_no_archive_is_refused():
    with pytest.raises(ValueError, match=r".+"):
        Weights.read(io.BytesIO(b"not weights"))


def silence():
    return {"encoder": Moonshine().encode(np.zeros(24_000, np.float32))[0],
            "embedding": SpeechEmbedding().embed(np.zeros((14, 76, 32), np.float32))}


def test_the_weights_that_ship_are_small_and_fit_what_they_listen_on():
    head = StopHead()
    head.check()
    assert len(WEIGHTS.read_bytes()) <= 2_300_000
    assert math.isfinite(head.score(silence()))


def test_a_window_costs_little():
    head, frames = StopHead(), silence()
    head.score(frames)
    before = time.process_time()
    for _ in range(50):
        head.score(frames)
    assert (time.process_time() - before) / 50 < 0.008  # 0.002 s is asked of a machine that is not busy


class SureHead:
    """A `ReleaseHead` with one answer."""

    def __init__(self, answer: float) -> None:
        self.answer = answer

    def check(self) -> None:
        """It always works."""

    def score(self, frames) -> float:
        """Whatever it hears."""
        assert frames["encoder"].ndim == frames["embedding"].ndim == 2
        return self.answer


SURE, UNSURE = max(rules.HEAD_BAR.values()) + 0.1, min(rules.HEAD_BAR.values()) - 0.1


def heard(head: SureHead | None, *parts, grammar: Grammar = HOLD):
    ear = MoonshineEar(Parrot({STOP: "stop", NO: "no", TALK: "me"}), LevelVad(), head)
    ear.listen(grammar)
    return ear.accept(np.concatenate([said(*part) for part in parts]))


def test_the_head_alone_is_reason_enough_to_stop():
    [found] = heard(SureHead(SURE), (0, 1.0), (TALK, 0.5), (0, 1.0))
    assert found.phrase == Phrase("stop", Intent.STOP)
    assert not found.final
    assert not found.strict


def test_an_unsure_head_adds_nothing_and_takes_nothing_away():
    parts = (0, 1.0), (TALK, 0.5), (0, 1.0), (STOP, 0.5), (0, 1.0), (NO, 0.4), (0, 1.0)
    said_so, without = heard(SureHead(UNSURE), *parts), heard(None, *parts)
    assert [h.phrase for h in said_so] == [h.phrase for h in without]
    assert all(late.at - early.at < 0.2 for late, early in zip(said_so, without, strict=True)), "at most a window later"


class ListedHead(SureHead):
    """A `ReleaseHead` that finds something in the windows with these numbers."""

    def __init__(self, answer: float, *numbers: int) -> None:
        super().__init__(answer)
        self._numbers, self.asked = numbers, 0

    def score(self, frames) -> float:
        """Its answer where it finds something."""
        self.asked += 1
        return super().score(frames) if self.asked - 1 in self._numbers else -9.0


ONCE = (0, 1.0), (TALK, 0.6), (0, 1.0)


@pytest.mark.parametrize(("answer", "numbers", "stops"), [
    (SURE, (0,), 0), (SURE, (1,), 0), (SURE, (0, 2), 0), (SURE, (0, 1), 1), (SURE, (1, 2), 1), (rules.SURE_HEAD + 0.1, (1,), 1),
])
def test_at_the_beginning_of_an_utterance_the_head_is_believed_when_it_is_sure_or_finds_it_twice(answer, numbers, stops):
    found = [h for h in heard(ListedHead(answer, *numbers), *ONCE) if h.phrase]
    assert [h.phrase.intent for h in found] == [Intent.STOP] * stops


def test_in_running_speech_one_window_is_enough():
    long = (0, 1.0), (TALK, 2.5), (0, 1.0)
    last = ListedHead(SURE)
    heard(last, *long)
    [found] = heard(ListedHead(SURE, last.asked - 3), *long)
    assert not found.final


def test_what_one_utterance_left_in_doubt_is_forgotten_in_the_next():
    windows = ListedHead(SURE)
    heard(windows, *ONCE)
    next_one = windows.asked
    def stops(*numbers: int) -> list:
        return [h for h in heard(ListedHead(SURE, *numbers), *ONCE, *ONCE) if h.phrase]
    assert not stops(next_one - 2, next_one), "the last window before an endpoint, and the first one after it"
    assert stops(next_one, next_one + 1)


def test_a_sure_head_is_reported_once_an_utterance():
    assert len(heard(SureHead(SURE), (0, 1.0), (TALK, 1.2), (0, 1.0))) == 1


def test_silence_is_never_asked_about():
    assert heard(SureHead(SURE), (0, 4.0)) == []


def test_another_release_word_is_reported_beside_it():
    ear = MoonshineEar(Parrot({TALK: "that hurts"}), LevelVad(), SureHead(SURE))
    ear.listen(HOLD)
    found = ear.accept(np.concatenate([said(0, 1.0), said(TALK, 0.5), said(0, 1.0)]))
    assert {h.phrase.intent for h in found if h.phrase} == {Intent.STOP, Intent.PAIN}


def test_a_grammar_without_stop_has_no_use_for_it():
    assert Intent.STOP not in {h.phrase.intent for h in heard(SureHead(SURE), (0, 1.0), (NO, 0.5), (0, 1.0), grammar=HOLD.of(Intent.NO)) if h.phrase}


def test_every_kind_of_window_has_its_bar():
    assert set(rules.HEAD_BAR) == set(Kind)


def test_a_model_that_the_head_was_not_trained_for_gets_none():
    ear = MoonshineEar(Parrot({TALK: "me"}), LevelVad())
    ear.listen(HOLD)
    assert [h.phrase for h in ear.accept(np.concatenate([said(0, 1.0), said(TALK, 0.5), said(0, 1.0)]))] == [None]


def test_a_broken_file_of_weights_is_an_error_with_a_remedy(monkeypatch, tmp_path):
    broken = tmp_path / "release_head.npz"
    broken.write_bytes(b"")
    monkeypatch.setattr(module, "WEIGHTS", broken)
    with pytest.raises(module.EngineError, match="install voicecoach again"):
        StopHead().check()


def test_nobody_teaches_and_examines(speech):
    found = recordings(speech)
    speakers = {part: {r.speaker for r in found if r.part is part and r.speaker} for part in Part}
    assert not speakers[Part.TEST] & (speakers[Part.FIT] | speakers[Part.TUNE])
    assert len(speakers[Part.TEST]) >= 40
    assert part_of("0c40e715") is part_of("0c40e715")
    assert 1.4 < (len(kitchen(speech, Part.FIT)) + len(kitchen(speech, Part.TUNE))) / len(kitchen(speech, Part.TEST)) < 1.6
