"""Chooses and builds the engines of a session from the settings: the only place that knows all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voicecoach.engines import EchoCanceller, Hand, Microphone, Recogniser, Speaker
from voicecoach.engines.buttons import Button, MidiPedal
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.natural import NATURAL, NaturalVoice
from voicecoach.engines.portaudio_microphone import PortAudioMicrophone
from voicecoach.engines.portaudio_speaker import PortAudioSpeaker
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.engines.speex import SpeexCanceller
from voicecoach.engines.terminal import Terminal
from voicecoach.engines.webrtc import WebRtcCanceller
from voicecoach.errors import ConfigError, EngineError
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.personal import PersonalEar
from voicecoach.hearing.shout import ShoutEar
from voicecoach.language.schema import Language
from voicecoach.machine.model_store import ModelStore
from voicecoach.machine.speech_cache import CachedVoice
from voicecoach.settings.config import Config, Folders
from voicecoach.teaching.own_sounds import Shelf

PERSONAL = "personal"
"""The folder for what people have taught, in the user's data folder."""

OwnVoice = Pyttsx3Voice | NaturalVoice
"""What can be chosen as the coach's voice."""

EarMaker = Callable[[], Recogniser]
"""Builds one ear; called in the thread that will use it."""


def plain_voice(config: Config, language: Language) -> OwnVoice:
    """The coach's own voice: a natural one if it is named, with a file behind a colon or without, else one of pyttsx3."""
    wanted, pace = config.voice or language.voice, config.words_per_minute or language.words_per_minute
    kind, _, model = wanted.partition(":")
    if kind in NATURAL:
        return NATURAL[kind](model, language=language.language, words_per_minute=pace)
    return Pyttsx3Voice(wanted, language=language.language, words_per_minute=pace, pitch=config.pitch)


def coach_voice(config: Config, language: Language, places: Folders, warn: Callable[[str], None]) -> CachedVoice:
    """The coach's own voice, whose lines are kept on disk; `warn` is told when they cannot be."""
    return CachedVoice(plain_voice(config, language), places.cache / "speech", warn=warn)


def person_voice(voice: str, words_per_minute: int, language: Language, places: Folders) -> CachedVoice:
    """The voice of somebody in a rehearsal."""
    return CachedVoice(Pyttsx3Voice(voice, language=language.language, words_per_minute=words_per_minute), places.cache / "speech")


def vosk_models(language: str, places: Folders) -> list[Path]:
    """The folders of the Vosk models for `language` that are installed."""
    listed = ModelStore(places.data / "models").list_models()
    return [entry.place for entry in listed if entry.place and entry.model.engine == "vosk" and entry.model.language == language]


def ear_makers(language: str, places: Folders, *, shout: bool = False) -> dict[str, EarMaker]:
    """Every ear that can hear `language` on this machine, by name; with `shout` also the one for loud sounds.

    Raises:
        ConfigError: there is none.
    """
    makers: dict[str, EarMaker] = {}
    model = Moonshine()  # one for all ears that want it: loaded on first use, and each call stands for itself
    if language == "en":
        makers["moonshine"] = lambda: MoonshineEar(model)
    for place in vosk_models(language, places)[:1]:
        makers["vosk"] = _vosk_maker(place)
    if not makers:
        raise ConfigError(f"No recogniser for the language '{language}' is installed; run `voicecoach models list` and install one of its models.")
    if taught := Shelf(places.data / PERSONAL).taught():
        makers["personal"] = lambda: PersonalEar(model, taught)
    if shout:
        makers["shout"] = ShoutEar
    return makers


def _vosk_maker(place: Path) -> EarMaker:
    def make() -> Recogniser:
        from voicecoach.engines.vosk import VoskEar  # noqa: PLC0415 - vosk loads its native library on import
        return VoskEar(place)
    return make


def microphone(config: Config) -> Microphone:
    """The live microphone of the settings."""
    return PortAudioMicrophone(config.microphone)


def speaker(config: Config) -> Speaker:
    """The live speaker of the settings."""
    return PortAudioSpeaker(config.speaker)


def hands(config: Config) -> list[Hand]:
    """Everything in the settings with which somebody says stop without a voice."""
    keys: list[Hand] = [Terminal()] if config.keys else []
    return [*keys, *map(Button, config.buttons), *map(MidiPedal, config.midi)]


def hand_names(config: Config) -> list[str]:
    """What `hands` gives, in the same order, as people call it."""
    return [*(["keyboard"] if config.keys else []), *(f"button '{name}'" for name in config.buttons), *(f"pedal '{name}'" for name in config.midi)]


def front_end(warn: Callable[[str], None] = lambda _: None) -> FrontEnd:
    """What takes the coach's voice out of the microphone's sound, with the libraries that this machine has; `warn` is told of one that fails."""
    canceller, witness = (_usable(one) for one in (SpeexCanceller(), WebRtcCanceller()))
    return FrontEnd(canceller, witness, lambda error: warn(str(error)))


def _usable(canceller: EchoCanceller) -> EchoCanceller | None:
    try:
        canceller.check()
    except EngineError:
        return None
    return canceller


def sound_trouble(config: Config) -> EngineError | None:
    """Why a live session is impossible here; None when it is possible."""
    try:
        microphone(config).check()
        speaker(config).check()
    except EngineError as error:
        return error
    return None
