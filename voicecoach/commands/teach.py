"""``voicecoach teach``: a person's own sound for stop, ease or pain."""

from __future__ import annotations

import argparse

from voicecoach import kit
from voicecoach.audio import RATE, read
from voicecoach.commands.common import read_script, read_settings, say, warn
from voicecoach.engines.moonshine import Moonshine
from voicecoach.errors import ConfigError
from voicecoach.hearing.personal import OwnSound
from voicecoach.hearing.risk import RELEASE
from voicecoach.settings.config import Config, Folders
from voicecoach.teaching import own_sounds as teaching
from voicecoach.teaching.lesson import Lesson, load_teaching
from voicecoach.vocabulary import Intent


def teach(arguments: argparse.Namespace) -> int:
    """A person's own sound for an intent: learn it, list what was learned, forget it."""
    config, places = read_settings(arguments)
    shelf = teaching.Shelf(places.data / kit.PERSONAL)
    if arguments.list:
        for own in shelf.taught():
            say(f"{own.intent.value}: a sound of {sum(t.samples for t in own.templates) / len(own.templates) / RATE:.1f} s")
        return 0
    if arguments.forget:
        return _forget(shelf, arguments.forget)
    if not arguments.intent:
        raise ConfigError("Say for what your sound is to stand: voicecoach teach stop, ease or pain.")
    intent = teaching.teachable(arguments.intent)
    if arguments.files:
        own = teaching.learn(intent, [read(file) for file in arguments.files], Moonshine())
    else:
        own = taught_by_voice(intent, arguments.samples, config, places)
    path = shelf.keep(own)
    say(f"Learned a sound for '{intent.value}'; no recording was kept, only features, in {path}.")
    return 0


def taught_by_voice(intent: Intent, samples: int, config: Config, places: Folders) -> OwnSound:
    """Let a person teach a sound of their own, guided by the coach's voice."""
    script = read_script(config.language)
    voice = kit.coach_voice(config, script.language, places, warn)
    lesson = Lesson(load_teaching(script), intent, voice, kit.speaker(config), kit.microphone(config), say)
    return lesson.give(samples, Moonshine())


def _forget(shelf: teaching.Shelf, name: str) -> int:
    wanted = sorted(RELEASE, key=lambda intent: intent.value) if name == "all" else [teaching.teachable(name)]
    gone = [intent.value for intent in wanted if shelf.forget(intent)]
    say(f"Forgotten: {', '.join(gone)}." if gone else "Nothing had been taught for it, so there is nothing to forget.")
    return 0
