"""``voicecoach voices``: what voices there are, and how they sound."""

from __future__ import annotations

import argparse
import re

from voicecoach import kit
from voicecoach.audio import write
from voicecoach.commands.common import make_folder, read_script, read_settings, say, warn
from voicecoach.machine.recording import play_alone
from voicecoach.machine.voices import offers, sample


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
        voice = kit.coach_voice(config.model_copy(update={"voice": name}), script.language, places, warn)
        pcm = voice.render(text).amplified(config.volume)
        if arguments.out:
            make_folder(arguments.out)
            path = arguments.out / f"{re.sub('[^a-z0-9+-]+', '-', name.lower()).strip('-')}.wav"
            write(path, pcm.samples, pcm.rate)
            say(f"{name}: {path}")
        else:
            say(f"{name}: {text}")
            play_alone(kit.speaker(config), [pcm])
    return 0
