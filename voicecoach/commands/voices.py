"""``voicecoach voices``: what voices there are, and how they sound."""

from __future__ import annotations

import argparse
import re
import sys

from voicecoach import kit
from voicecoach.audio import Pcm, write
from voicecoach.commands.common import make_folder, read_script, read_settings, say
from voicecoach.config import Config
from voicecoach.recording import play
from voicecoach.voices import offers, sample


def voices(arguments: argparse.Namespace) -> int:
    """The voices of this machine, or a sample of some of them, spoken or written."""
    config, places = read_settings(arguments)
    script = read_script(config.language)
    if not arguments.names:
        for offer in offers("" if arguments.all else config.language):
            say(f"{offer.name:28} {offer.language:8} {offer.about}")
        say("Hear one: voicecoach voices NAME. Choose one: --voice NAME, or `voice: NAME` in the settings.")
        return 0
    text = sample(script, config.client.say or config.client.name, config.partner.say or config.partner.name)
    for name in arguments.names:
        voice = kit.coach_voice(config.model_copy(update={"voice": name}), script.language, places, lambda text: print(text, file=sys.stderr))
        pcm = voice.render(text).amplified(config.volume)
        if arguments.out:
            make_folder(arguments.out)
            path = arguments.out / f"{re.sub('[^a-z0-9+-]+', '-', name.lower()).strip('-')}.wav"
            write(path, pcm.samples, pcm.rate)
            say(f"{name}: {path}")
        else:
            say(f"{name}: {text}")
            _play(config, pcm)
    return 0


def _play(config: Config, pcm: Pcm) -> None:
    speaker = kit.speaker(config)
    speaker.start(lambda _: None)
    try:
        play(speaker, pcm)
    finally:
        speaker.stop()
