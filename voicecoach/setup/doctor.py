"""`voicecoach doctor`: every engine, device, model and folder with its state and the remedy."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Final

from voicecoach import __version__, kit
from voicecoach.engines import EchoCanceller, Hand
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.natural import NaturalVoice
from voicecoach.engines.portaudio import devices
from voicecoach.engines.silero import load_vad
from voicecoach.engines.speex import SpeexCanceller
from voicecoach.engines.webrtc import WebRtcCanceller
from voicecoach.errors import ConfigError, VoiceCoachError
from voicecoach.hearing.level_report import Level
from voicecoach.hearing.levels import assess
from voicecoach.language.loader import load_program, load_script
from voicecoach.machine.model_store import ModelStore, State
from voicecoach.machine.recording import listening, seconds
from voicecoach.machine.resources import data_folder
from voicecoach.programs.files import program_file
from voicecoach.settings.config import Config, Folders

LISTEN: Final = 4.0
"""Seconds: long enough for "stop, stop, stop" and the room between the words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    part: str
    ok: bool
    state: str
    """What was found; for a failure a sentence with the remedy."""
    needed_for: str = ""
    """"everything", "a live session", or empty for what is optional."""


def examine(config: Config, places: Folders) -> Iterator[Finding]:
    """Look at everything, cheapest first; nothing is changed."""
    yield Finding("voicecoach", True, f"{__version__} on Python {sys.version.split()[0]}, {sys.platform}")
    yield from _words(config, places)
    yield from _ears(config, places)
    yield _try("voice", "everything", lambda: _voice(config))
    yield _try("microphone", "a live session", lambda: _device(config, "microphone"))
    yield _try("speaker", "a live session", lambda: _device(config, "speaker"))
    for hand, what in zip(kit.hands(config), kit.hand_names(config), strict=True):
        yield _try(what, "" if hand.name == "keyboard" else "a live session", partial(_hand, hand))
    if sys.platform == "linux":
        yield _moved()
    yield _try("echo canceller speex", "", lambda: _usable(SpeexCanceller(), "takes the coach's voice out of the microphone"))
    yield _try("echo canceller webrtc", "", lambda: _usable(WebRtcCanceller(), "tells people from the coach's voice"))
    for name, folder in (("settings", places.config), ("models", places.data), ("journals", places.state), ("speech cache", places.cache)):
        yield _folder(name, folder)


def level(config: Config) -> Finding:
    """The microphone's level, from `LISTEN` seconds in which somebody should speak."""
    def listen() -> str:
        with listening(kit.microphone(config)) as blocks:
            report = assess(seconds(blocks, LISTEN))
        if report.level is not Level.FINE:
            raise ConfigError(str(report))
        return str(report)

    return _try("microphone level", "", listen)


def verdict(findings: list[Finding]) -> str:
    """One sentence: what can be done on this machine."""
    missing = {finding.needed_for for finding in findings if not finding.ok}
    if "everything" in missing:
        return "Something that every session needs is missing; see the remedies above."
    if "a live session" in missing:
        return "Ready for rehearsals (`voicecoach rehearse first-session`), not for a live session; see the remedies above."
    return "Ready for a live session (`voicecoach run`)."


def _try(part: str, needed_for: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, look(), needed_for)
    except VoiceCoachError as error:
        return Finding(part, False, str(error), needed_for)


def _words(config: Config, places: Folders) -> Iterator[Finding]:
    def dialogs() -> str:
        script = load_script(data_folder("dialogs") / config.language)
        return f"{script.language.name}: {len(script.lines)} lines, {len(script.grammars)} grammars, {len(script.stretches)} stretches"

    def program() -> str:
        folder = data_folder("dialogs")
        found = load_program(program_file(config.program, folder / "programs", places.data / "programs"), load_script(folder / config.language))
        return f"{config.program}: {len(found.stretches)} stretches, {found.warm_up_minutes} minutes of warm-up"

    yield _try("dialogs", "everything", dialogs)
    yield _try("program", "everything", program)


def _ears(config: Config, places: Folders) -> Iterator[Finding]:
    def moonshine() -> str:
        Moonshine().check()
        return f"onnxruntime {metadata.version('onnxruntime')}, weights from moonshine-voice {metadata.version('moonshine-voice')}"

    def activity() -> str:
        return type(load_vad()).__name__

    def ears() -> str:
        return " and ".join(kit.ear_makers(config.language, places))

    if config.language == "en":
        yield _try("recogniser moonshine", "everything", moonshine)
    yield _try("voice activity", "everything", activity)
    yield _try("ears that will listen", "everything", ears)
    for listed in ModelStore(places.data / "models").list_models():
        if listed.model.download:
            state = listed.state.value if listed.state is not State.MISSING else f"not installed; run `voicecoach models install {listed.model.name}`"
            yield Finding(f"model {listed.model.name}", listed.state is State.INSTALLED, state)


def _voice(config: Config) -> str:
    script = load_script(data_folder("dialogs") / config.language)
    voice = kit.plain_voice(config, script.language)
    try:
        voice.check()
        if isinstance(voice, NaturalVoice):
            return f"{', '.join(f'{package} {metadata.version(package)}' for package in voice.packages)}"
        return f"pyttsx3 {metadata.version('pyttsx3')}, voice {config.voice or script.language.voice}, {len(voice.voices())} voices in all"
    finally:
        voice.close()


def _device(config: Config, kind: str) -> str:
    engine = kit.microphone(config) if kind == "microphone" else kit.speaker(config)
    engine.check()
    default = [device.name for device in devices() if kind in device.default_for]
    wanted = config.microphone if kind == "microphone" else config.speaker
    return f"'{wanted}'" if wanted else f"the system's default, {', '.join(default) or 'unnamed'}"


def _hand(hand: Hand) -> str:
    hand.check()
    return "a press means stop, in every phase; `voicecoach keys` tries it out"


def _moved() -> Finding:
    """Whether it is noticed at once that the sound server moves the coach to another device."""
    if shutil.which("pactl"):
        return Finding("moved devices", True, "noticed at once, through pactl")
    return Finding("moved devices", False, "noticed by the sound alone; install pactl (Debian, Ubuntu: pulseaudio-utils) if a sound server runs here")


def _usable(canceller: EchoCanceller, does: str) -> str:
    canceller.check()
    return does


def _folder(name: str, folder: Path) -> Finding:
    """Whether `folder` can be written, or be made in the nearest parent that is there."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return Finding(f"folder for {name}", True, str(folder))
    return Finding(f"folder for {name}", False, f"{folder} cannot be written; give yourself write permission on {there}")
