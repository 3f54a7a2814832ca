from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import PIECES, Parrot, TinyModel, said, slow_scores, slow_transcript

from voicecoach.audio import RATE
from voicecoach.engines.moonshine import Moonshine
from voicecoach.errors import EngineError
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.scorer import FRAMES_PER_TOKEN, IMPOSSIBLE, SPARE_TOKENS, Scorer, compile_grammar, spellings
from voicecoach.hearing.tokens import Tokenizer
from voicecoach.vocabulary import Intent

EVERYTHING = {"beam": 1e9, "width": 10**6}


def grammar(*texts: str, spelling: dict[str, tuple[str, ...]] | None = None) -> Grammar:
    intents = list(Intent)
    return Grammar("test", tuple(Phrase(t, intents[i % len(intents)], spellings=(spelling or {}).get(t, ()))
                                 for i, t in enumerate(texts)))


HOLD = grammar("stop", "stop no", "no", "no more", "more", "a more", "é", spelling={"stop": ("stob", "top"), "more": ("moor",)})


def sound(seed: int, frames: int = 40):
    return np.random.default_rng(seed).normal(0, 0.1, frames * 400).astype(np.float32)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("sharpness", [1.0, 4.0])
def test_without_pruning_every_score_is_its_definition(seed, sharpness):
    model = TinyModel(sharpness)
    hidden = model.encode(sound(seed))
    reading = Scorer(model).read(hidden, compile_grammar(HOLD, model.tokenizer, "tiny"), **EVERYTHING)
    end, pre = slow_scores(model, hidden, HOLD)
    np.testing.assert_allclose(reading.end, end, atol=2e-3)
    np.testing.assert_allclose(reading.pre, pre, atol=2e-3)
    tokens, free = slow_transcript(model, hidden, SPARE_TOKENS + int(40 / FRAMES_PER_TOKEN))
    assert reading.text == model.tokenizer.decode(tokens)
    assert reading.free == pytest.approx(free, abs=2e-3)
    np.testing.assert_allclose(reading.margin, end - free, atol=4e-3)


class Offset(TinyModel):
    """The same model with logits of any size: what is added to all those of one row is another number for each."""

    def logits(self, hidden, prefix: tuple[int, ...]):
        return super().logits(hidden, prefix) + np.float32(100 * (1 + sum(prefix)) % 700)


def test_only_the_differences_between_the_logits_of_a_row_count():
    plain, offset = (Scorer(model).read(model.encode(sound(5)), compile_grammar(HOLD, model.tokenizer, "tiny"), **EVERYTHING) for model in (TinyModel(), Offset()))
    assert offset.text == plain.text
    assert offset.free == pytest.approx(plain.free, abs=2e-3)
    np.testing.assert_allclose(offset.end, plain.end, atol=2e-3)
    np.testing.assert_allclose(offset.pre, plain.pre, atol=2e-3)


@given(st.integers(0, 10_000), st.floats(2, 12))
@settings(deadline=None, max_examples=60)
def test_pruning_loses_at_most_what_the_beam_allows(seed, beam):
    model = TinyModel(2.0)
    hidden = model.encode(sound(seed))
    trie = compile_grammar(HOLD, model.tokenizer, "tiny")
    reading = Scorer(model).read(hidden, trie, beam=beam)
    end, _ = slow_scores(model, hidden, HOLD)
    rows = max(len(spellings(p)) for p in HOLD.phrases)
    # A dropped prefix lay more than `beam` below the transcript, whose log P is never above 0.
    assert (np.exp(reading.end) <= np.exp(end) * 1.01 + 1e-9).all()
    assert (np.exp(end) - np.exp(reading.end) <= rows * np.exp(-beam) * 1.01 + 1e-6).all()


def test_the_width_bounds_the_batch():
    model = TinyModel(0.1)
    many = Grammar("test", tuple(Phrase(a + b, Intent.HELP) for a in "stopnmare" for b in "stopnmare"))
    Scorer(model).read(model.encode(sound(1)), compile_grammar(many, model.tokenizer, "tiny"), beam=1e9, width=5)
    assert model.widest <= 6


def test_no_number_of_other_phrases_crowds_a_release_phrase_out():
    model = TinyModel(2.0)
    hidden = model.encode(sound(3))
    stop = Phrase("stop", Intent.STOP)
    others = tuple(Phrase(f"{a}{b}{c}", Intent.HELP) for a in "abcdem" for b in "abno" for c in "aeo")
    alone, crowded = (Scorer(model).read(hidden, compile_grammar(Grammar("hold", (stop, *rest)), model.tokenizer, "tiny"), beam=1e9, width=1) for rest in ((), others))
    assert crowded.pre[0] == pytest.approx(alone.pre[0], abs=2e-3) != IMPOSSIBLE
    assert IMPOSSIBLE in crowded.pre[1:], "the width has cut others off"


def test_where_not_all_phrases_can_live_the_likeliest_does():
    model = Parrot({1: "no more"})
    some = Grammar("test", tuple(Phrase(text, Intent.HELP) for text in ("stop", "ease", "no more", "that hurts")))
    reading = Scorer(model).read(model.encode(said(1)), compile_grammar(some, model.tokenizer, "tiny"), beam=1e9, width=1)
    assert reading.end[2] == pytest.approx(0, abs=1e-3)
    assert list(reading.end[[0, 1, 3]]) == [IMPOSSIBLE] * 3


def test_the_transcript_shares_a_row_with_the_phrase_that_it_writes():
    model = Parrot({1: "stop no"})
    reading = Scorer(model).read(model.encode(said(1)), compile_grammar(HOLD, model.tokenizer, "tiny"))
    assert reading.text == "stop no"
    assert reading.phrases[int(reading.end.argmax())].text == "stop no"
    assert reading.margin.max() == pytest.approx(0, abs=1e-3)
    assert model.widest == 1
    assert reading.end[0] == IMPOSSIBLE or reading.end[0] < -20
    assert reading.pre[0] == pytest.approx(0, abs=1e-3)


def test_an_endless_transcript_is_cut_by_the_length_of_the_sound():
    model = Parrot({1: " ".join(["stop"] * 100)})
    reading = Scorer(model).read(model.encode(said(1, 64 * 400 / RATE)), compile_grammar(HOLD, model.tokenizer, "tiny"))
    assert reading.text.split() == ["stop"] * (SPARE_TOKENS + int(64 / FRAMES_PER_TOKEN))


def test_a_phrase_is_written_with_and_without_a_capital():
    assert spellings(Phrase("ease off", Intent.EASE, spellings=("he's off", "Ease off"))) == (
        "Ease off", "ease off", "He's off", "he's off")


def test_the_pronoun_is_written_with_a_capital_wherever_it_stands():
    assert spellings(Phrase("what can i say", Intent.HELP)) == ("What can I say", "what can I say")
    assert spellings(Phrase("i'm in it", Intent.READY)) == ("I'm in it",)


def test_phrases_that_cannot_be_written_are_all_named():
    blind = Tokenizer([p for p in PIECES if len(p) > 1 or p.isalpha()])
    with pytest.raises(EngineError, match=r"tiny: the model cannot write “é”, “ü” of grammar test; reword"):
        compile_grammar(grammar("stop", "é", "ü"), blind, "tiny")


def test_an_empty_phrase_is_refused():
    with pytest.raises(EngineError, match="cannot write “”"):
        compile_grammar(grammar("stop", ""), TinyModel().tokenizer, "tiny")


def test_an_empty_grammar_still_gives_a_transcript():
    model = TinyModel()
    reading = Scorer(model).read(model.encode(sound(3)), compile_grammar(Grammar("none", ()), model.tokenizer, "tiny"))
    assert reading.end.shape == (0,)
    assert reading.free < 0


def test_moonshine_scores_move_little_with_the_company_they_keep():
    """int8 activations are quantised per batch; a score may move by a few tenths with other phrases beside it."""
    model = Moonshine()
    noise = np.random.default_rng(0).normal(0, 0.05, 16_000).astype(np.float32)
    hidden = model.encode(noise)
    alone = Scorer(model).read(hidden, compile_grammar(grammar("stop"), model.tokenizer, "moonshine"), **EVERYTHING)
    among = Scorer(model).read(hidden, compile_grammar(grammar("stop", "more", "yes", "no", "ease off"), model.tokenizer,
                                                       "moonshine"), **EVERYTHING)
    assert alone.end[0] == pytest.approx(among.end[0], abs=0.6)
    assert alone.free == pytest.approx(among.free, abs=0.6)
