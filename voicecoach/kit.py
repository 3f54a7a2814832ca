"""Chooses and builds the engines of a session from the settings: the only place that knows all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voicecoach.config import Config, Folders
from voicecoach.engines import Hand, Microphone, Recogniser, Speaker
from voicecoach.engines.buttons import Button, MidiPedal
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.portaudio import PortAudioMicrophone, PortAudioSpeaker
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.engines.terminal import Terminal
from voicecoach.errors import ConfigError, EngineError
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.personal import PersonalEar
from voicecoach.hearing.shout import ShoutEar
from voicecoach.model_store import ModelStore
from voicecoach.script import Language
from voicecoach.speech_cache import CachedVoice
from voicecoach.teaching import Shelf

PERSONAL = "personal"
"""The folder for what people have taught, in the user's data folder."""

EarMaker = Callable[[], Recogniser]
"""Builds one ear; called in the thread that will use it."""


def plain_voice(config: Config, language: Language) -> Pyttsx3Voice:
    """The coach's own voice."""
    return Pyttsx3Voice(config.voice or language.voice, language=language.language,
                        words_per_minute=config.words_per_minute or language.words_per_minute)


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
    if language == "en":
        model = Moonshine()
        makers["moonshine"] = lambda: MoonshineEar(model)
    for place in vosk_models(language, places)[:1]:
        makers["vosk"] = _vosk_maker(place)
    if not makers:
        raise ConfigError(f"No recogniser for the language '{language}' is installed; run `voicecoach models list` and install one of its models.")
    if taught := Shelf(places.data / PERSONAL).taught():
        makers["personal"] = lambda: PersonalEar(Moonshine(), taught)
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
    return PortAudioSpeaker(config.speaker, volume=config.volume)


def hands(config: Config) -> list[Hand]:
    """Everything in the settings with which somebody says stop without a voice."""
    keys: list[Hand] = [Terminal()] if config.keys else []
    return [*keys, *map(Button, config.buttons), *map(MidiPedal, config.midi)]


def hand_names(config: Config) -> list[str]:
    """What `hands` gives, in the same order, as people call it."""
    return [*(["keyboard"] if config.keys else []), *(f"button '{name}'" for name in config.buttons), *(f"pedal '{name}'" for name in config.midi)]


def sound_trouble(config: Config) -> EngineError | None:
    """Why a live session is impossible here; None when it is possible."""
    try:
        microphone(config).check()
        speaker(config).check()
    except EngineError as error:
        return error
    return None
