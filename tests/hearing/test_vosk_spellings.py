"""German and Spanish spellings in Vosk itself: its Korean model, with other words written for the sounds that it knows.

The models of these languages are in no package registry, so this shows how words are written to the recogniser and read from it:
umlauts, accents, capitals and ``[unk]``. It does not show that anybody who speaks German or Spanish is understood.
"""

from __future__ import annotations

import struct
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from test_contract_recogniser import korean_model
from timeline import DIALOGS

from voicecoach.audio import RATE, read
from voicecoach.engines.vosk import UNKNOWN, VoskEar, knows, load_model, unknown_words
from voicecoach.errors import EngineError
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.language.loader import load_script
from voicecoach.vocabulary import Intent

WRITTEN = {"멈춰": "öffne", "너무": "señal", "세요": "jamón", "좋아요": "größere", "아니요": "überlauf", "<UNK>": UNKNOWN}
"""What the Korean model's words are called instead: other words of as many bytes, so that nothing else in its file moves."""
TAKES = DIALOGS / "scenarios/ko/client"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """The Korean model with the words of `WRITTEN`, which stand in both tables of its graph, each after its length."""
    source, folder = korean_model(), tmp_path_factory.mktemp("model")
    for name in ("am", "conf", "ivector"):
        (folder / name).symlink_to(source / name)
    (folder / "graph").mkdir()
    for path in (source / "graph").iterdir():
        if path.name != "Gr.fst":
            (folder / "graph" / path.name).symlink_to(path)
    graph = (source / "graph/Gr.fst").read_bytes()
    for word, other in WRITTEN.items():
        assert graph.count(entry(word)) == 2
        graph = graph.replace(entry(word), entry(other))
    (folder / "graph/Gr.fst").write_bytes(graph)
    return folder


def entry(word: str) -> bytes:
    """A word in a table of OpenFst."""
    return struct.pack("<i", len(word.encode())) + word.encode()


GRAMMAR = Grammar("g", (Phrase("Öffne", Intent.STOP), Phrase("Señal Jamón", Intent.EASE), Phrase("Größere", Intent.GOOD), Phrase("Überlauf", Intent.NO)))


@pytest.mark.parametrize(("take", "intent"), [("06-1.flac", Intent.STOP), ("05-1.flac", Intent.EASE), ("04-1.flac", Intent.GOOD), ("01-1.flac", Intent.NO)])
def test_umlauts_accents_and_capitals_are_written_and_read(model, take, intent):
    ear = VoskEar(model)
    ear.listen(GRAMMAR)
    heard = ear.accept(np.pad(read(TAKES / take), (RATE // 2, RATE * 3 // 2)))
    assert intent in {h.phrase.intent for h in heard if h.phrase}


def test_a_model_with_a_word_for_any_other_word_is_strict_without_decoys(model):
    ear = VoskEar(model)
    ear.listen(GRAMMAR)
    [final] = [h for h in ear.accept(np.pad(read(TAKES / "04-1.flac"), (RATE // 2, RATE * 3 // 2))) if h.final]
    assert (final.phrase and final.phrase.intent, final.strict) == (Intent.GOOD, True)


def test_the_vocabulary_is_asked_in_small_letters_and_names_what_is_missing(model):
    loaded = load_model(model)
    assert knows(loaded, "größere")
    assert not knows(loaded, "grössere")
    assert unknown_words(Phrase("Größere Señal", Intent.GOOD), loaded) == []
    with pytest.raises(EngineError, match="“größe”"):
        VoskEar(model).listen(Grammar("g", (Phrase("Größe", Intent.GOOD),)))


@pytest.mark.parametrize("language", ["de", "es", "ko"])
def test_every_phrase_reaches_the_recogniser_in_small_letters_of_one_character(language):
    """Models write in small letters, each letter as one character; a file may hold them otherwise."""
    script = load_script(DIALOGS / language)
    spoken = [text for grammar in script.grammars.values() for phrase in grammar.phrases for text in (phrase.text, *phrase.spellings)]
    assert len(spoken) > 500
    assert [text for text in spoken if normalize("NFC", text) != text] == []
    assert not {letter for text in spoken for letter in text.lower()} & set("ẞ.,!?¿¡0123456789")
