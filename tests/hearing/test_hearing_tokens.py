from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import BYTES, PIECES, all_texts

from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing.tokens import EOS, Tokenizer

TINY = Tokenizer(PIECES)


def packed(pieces: list[bytes]) -> bytes:
    out = b""
    for piece in pieces:
        low = len(piece)
        out += bytes([low]) if low < 128 else bytes([low % 128 + 128, low // 128])
        out += piece
    return out


@pytest.fixture(scope="module")
def moonshine() -> Tokenizer:
    return Moonshine().tokenizer


def test_a_tokenizer_file_is_read_piece_by_piece():
    pieces = [b"<unk>", b"", b"\x00", "▁stop".encode(), b"x" * 127, b"y" * 128, b"z" * 300]
    assert Tokenizer.read(packed(pieces)).pieces == tuple(pieces)


@pytest.mark.parametrize("cut", [b"\x05stop", b"\x81", b"\x04stop\xff"])
def test_a_cut_off_file_is_refused(cut):
    with pytest.raises(ValueError, match="cut off"):
        Tokenizer.read(cut)


def test_the_pair_with_the_lowest_id_is_merged_first():
    assert [TINY.pieces[t] for t in TINY.encode("stop")] == ["▁stop".encode()]
    # "st" has a lower id than "▁st", and "no" than "▁no": the order of merges decides, not the length of the piece.
    assert [TINY.pieces[t] for t in TINY.encode("ston")] == ["▁st".encode(), b"o", b"n"]


def slow_merge(text: str) -> list[bytes]:
    parts = [c.encode() for c in "▁" + text.replace(" ", "▁")]
    while True:
        ids = {i: PIECES.index(parts[i] + parts[i + 1]) for i in range(len(parts) - 1) if parts[i] + parts[i + 1] in PIECES}
        if not ids:
            return parts
        first = min(ids, key=ids.__getitem__)
        parts = [*parts[:first], parts[first] + parts[first + 1], *parts[first + 2 :]]


def test_merging_agrees_with_an_obvious_implementation_on_every_short_text():
    for text in all_texts("stop m", 5):
        assert [TINY.pieces[t] for t in TINY.encode(text)] == slow_merge(text), text


@given(st.text(min_size=1, max_size=30))
def test_what_is_written_reads_back(text):
    written = text.replace("▁", " ")
    assert TINY.decode(TINY.encode(text)) == written.strip()


def test_a_character_that_is_no_piece_is_written_as_bytes():
    assert [TINY.pieces[t] for t in TINY.encode("é")][1:] == [b"\xc3", b"\xa9"]


def test_a_vocabulary_without_bytes_names_the_character_it_cannot_write():
    with pytest.raises(ValueError, match="é"):
        Tokenizer([p for p in PIECES if p not in BYTES]).encode("é")


def test_endings_are_boundaries_and_a_word_start_is_only_a_boundary():
    assert EOS in TINY.endings
    assert set(TINY.endings) <= set(TINY.boundaries)
    assert PIECES.index("▁more".encode()) in set(TINY.boundaries) - set(TINY.endings)


@pytest.mark.parametrize(("text", "pieces"), [
    ("Stop", ["▁Stop"]), ("repeat", ["▁repeat"]), ("skip", ["▁skip"]), ("ready", ["▁ready"]), ("pause", ["▁pause"]),
    ("That hurts", ["▁That", "▁hur", "ts"]),
])
def test_moonshines_own_writing_of_command_words(moonshine, text, pieces):
    assert len(moonshine.pieces) == 32768
    assert [moonshine.pieces[t].decode() for t in moonshine.encode(text)] == pieces


def test_moonshine_uses_its_letters_and_not_its_bytes(moonshine):
    assert all(token > 258 for token in moonshine.encode("zzz!?"))
