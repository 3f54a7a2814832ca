"""``voicecoach keys`` and ``voicecoach earcons``: what can be pressed, and what the short sounds are."""

from __future__ import annotations

import argparse
import contextlib
import queue
import signal
import time

import numpy as np

from voicecoach import kit
from voicecoach.audio import Pcm, Samples, write
from voicecoach.commands.common import make_folder, read_script, read_settings, say, warn
from voicecoach.engines.buttons import Button, MidiPedal
from voicecoach.errors import EngineError
from voicecoach.live.earcons import EARCON_RATE, sound
from voicecoach.live.hands import Hands
from voicecoach.vocabulary import Earcon, Event, Heard, Lost


def keys(arguments: argparse.Namespace) -> int:
    """Show what each press would do, without a session."""
    config, _ = read_settings(arguments)
    if arguments.list:
        for kind, known in (("button", Button("").devices()), ("midi", MidiPedal("").devices())):
            for name in sorted({name for name, _ in known}):
                say(f"{kind:7} {name}")
        return 0
    presses: queue.SimpleQueue[Event] = queue.SimpleQueue()
    hands = Hands(kit.hands(config), presses.put)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    hands.start()
    try:
        say(f"Press what you would press in a session: {', '.join(kit.hand_names(config)) or 'nothing is configured'}. Ctrl-C ends.")
        until = time.monotonic() + arguments.seconds
        while (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                say(_told(presses.get(timeout=left)))
    finally:
        hands.stop()
    return 0


def _told(event: Event) -> str:
    match event:
        case Heard(intent, _, words, ear=hand):
            return f"{words} ({hand}): {intent.value}, in every phase"
        case Lost(_, reason):
            return f"lost, {reason}: in a session the partner would be told to let go"
        case _:
            return "it is back"


def play_earcons(arguments: argparse.Namespace) -> int:
    """Let every earcon sound, each after its name and its meaning."""
    config, places = read_settings(arguments)
    script = read_script(config.language)
    voice = kit.coach_voice(config, script.language, places, warn)
    sounds = {earcon: _named(voice.render(f"{earcon.value.replace('-', ' ')}.").at(EARCON_RATE), earcon) for earcon in Earcon}
    if arguments.out:
        make_folder(arguments.out)
        for earcon, samples in sounds.items():
            write(arguments.out / f"{earcon.value}.wav", samples, EARCON_RATE)
        say(f"Wrote {len(sounds)} files to {arguments.out}; docs/earcons.md tells what they mean.")
        return 0
    over: queue.SimpleQueue[str] = queue.SimpleQueue()
    speaker = kit.speaker(config)
    speaker.start(over.put)
    try:
        for earcon, samples in sounds.items():
            say(earcon.value)
            speaker.play(Pcm(samples, EARCON_RATE), lambda: None, lambda: over.put(""))
            if lost := over.get():
                raise EngineError("speaker", lost, "run `voicecoach doctor`")
    finally:
        speaker.stop()
    return 0


def _named(name: Pcm, earcon: Earcon) -> Samples:
    """Its name, the sound, and a moment of silence."""
    pause = np.zeros(EARCON_RATE * 2 // 5, np.float32)
    return np.concatenate([name.samples, pause, sound(earcon), pause])
