"""The alarm that outlives the coach: a small program of its own that says "let go" when the coach cannot.

It is started while all is well and waits. It speaks up when it is told to (the speaker is gone), when the coach has given no
sign of life for `HUNG` seconds, and when the coach dies without a goodbye: a crash in a native library must leave nobody
pushing. Being another process it has a PortAudio of its own, so that a device that hangs in the coach's does not matter. It tries
every output there is at once, since nobody can tell which of them is heard. It knows them ahead, so that no time goes into looking for
them; what was plugged in since is heard from the second time on.

The first line on its standard input are its orders, as JSON: no file, for it must also be there when the disk is full. Each
line after that is a word: "beat", "alarm" or "bye".
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum
from typing import IO, Any, Final, NamedTuple

import numpy as np

from voicecoach.audio import Pcm, Samples

HUNG: Final = 3.0
"""Seconds without a beat; the coach beats twice a second. Under a full load on two cores 1.1 s were seen."""
TIMES: Final = 2
"""How often the beeps and the line are played."""
STARTS: Final = 5
"""So often it is started in one session; one that dies again and again would keep the coach busy."""
PIPE: Final = 1 << 20
"""Bytes that the pipe should hold (on Linux it can be told so): the orders, before the guardian reads, even if the coach dies then."""
LIMIT: Final = 15.0
"""Seconds after which the alarm ends, whatever still hangs; it lasts about eight."""
OPENING: Final = 2.0
"""Seconds for a device to open, beside the length of what it plays."""
ATTEMPTS: Final = 5
BUSY: Final = 0.1
"""Seconds between two attempts to open a device."""
BEEPS: Final = 3
BEEP_HERTZ: Final = 880.0
BEEP_SECONDS: Final = 0.18


class Guardian:
    """An `Alarm` in a process of its own. If that process dies it is started anew, for it is missed only when it is needed."""

    def __init__(self) -> None:
        self._program: subprocess.Popen[bytes] | None = None
        self._words: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._orders = b""
        self._banner = ""
        self._raised = self._roomy = False
        self._starts = 0

    def prepare(self) -> None:
        """See `Alarm.prepare`: the process starts while the models load, and then waits for its orders."""
        self._launch()

    def arm(self, text: str, line: Pcm) -> None:
        """See `Alarm.arm`."""
        self._banner = _banner(text)
        orders = {"banner": self._banner, "rate": line.rate, "line": base64.b64encode(_whole(line.samples).tobytes()).decode()}
        self._orders = json.dumps(orders).encode() + b"\n"
        if self._lives:
            self._order()
        else:
            self._start()

    def beat(self) -> None:
        """See `Alarm.beat`."""
        if not self._raised and self._orders and not self._lives:
            self._start()
        self._words.put(b"beat\n")

    def sound(self) -> None:
        """See `Alarm.sound`."""
        if not self._raised:
            self._raised = True
            if (self._lives and self._orders) or self._start():
                self._words.put(b"alarm\n")
            else:
                print(self._banner, file=sys.stderr, flush=True)  # noqa: T201 - the last means there is

    def stop(self) -> None:
        """See `Alarm.stop`."""
        self._words.put(b"bye\n")
        self._words.put(None)
        if self._program:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._program.wait(LIMIT if self._raised else HUNG)
        self._program, self._orders = None, b""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The present process, alive or dead; None before it is armed and after the end."""
        return self._program

    @property
    def _lives(self) -> bool:
        return self._program is not None and self._program.poll() is None

    def _start(self) -> bool:
        """Whether there is a process now that has its orders, or will have them as soon as it reads."""
        if not self._orders or self._starts >= STARTS or not self._launch():
            return False
        self._order()
        return True

    def _launch(self) -> bool:
        """Whether there is a process now that reads its orders when it gets them."""
        self._starts += 1
        self._words.put(None)  # an earlier feeder ends
        self._words = queue.SimpleQueue()
        self._roomy = sys.platform == "linux"
        try:
            self._program = _popen(PIPE if self._roomy else -1)
        except OSError:  # this user has too many large pipes
            self._roomy = False
            try:
                self._program = _popen(-1)
            except OSError:
                return False
        # On a thread: a pipe that holds less, or a guardian that stands still, must not hold the coach up.
        threading.Thread(target=_feed, args=(self._program.stdin, self._words), name="guardian", daemon=True).start()
        return True

    def _order(self) -> None:
        """Hand the orders over, before any other word."""
        pipe = self._program.stdin if self._program else None
        if self._roomy and pipe and len(self._orders) < PIPE:
            with contextlib.suppress(OSError):
                pipe.write(self._orders)  # the pipe holds it, so nobody waits
                pipe.flush()
        else:
            self._words.put(self._orders)


def _popen(size: int) -> subprocess.Popen[bytes]:
    # A session of its own: a Ctrl-Z or Ctrl-C at the terminal is not meant for it.
    return subprocess.Popen([sys.executable, "-m", "voicecoach.engines.guardian"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            start_new_session=True, pipesize=size)


def _feed(pipe: IO[bytes], words: queue.SimpleQueue[bytes | None]) -> None:
    with contextlib.suppress(OSError, ValueError), pipe:
        while (word := words.get()) is not None:
            pipe.write(word)
            pipe.flush()


def _banner(text: str) -> str:
    return f"\a\n{'!' * 72}\n!!!  {text.upper()}\n!!!  The coach cannot be heard. If anybody pushes or pulls: let go.\n{'!' * 72}\a"


def _whole(samples: Samples) -> np.ndarray[Any, np.dtype[np.int16]]:
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2")


# --- the other process ------------------------------------------------------------------------------------------


class Reason(Enum):
    """Why the alarm has to sound."""

    TOLD = "told"
    """The coach says so: his speaker is gone."""
    GONE = "gone"
    """The coach is gone, or hangs."""


def watch(words: queue.SimpleQueue[str | None], hung: float = HUNG, worry: Callable[[], None] = lambda: None) -> Reason | None:
    """Wait until there is a reason for an alarm, or until there is none any more.

    Args:
        words: what the coach says; None when he is gone.
        hung: seconds without a word that mean that he hangs.
        worry: is called after half of them: there is time to look for the outputs anew.

    Returns:
        The reason; None after a goodbye.
    """
    while True:
        try:
            try:
                word = words.get(timeout=hung / 2)
            except queue.Empty:
                worry()
                word = words.get(timeout=hung / 2)
        except queue.Empty:
            return Reason.GONE
        if word == "bye":
            return None
        if word != "beat":
            return Reason.TOLD if word == "alarm" else Reason.GONE


def signal_sound(line: Pcm, times: int = TIMES) -> Pcm:
    """Beeps, then the line, so many times."""
    rate = line.rate
    count = round(BEEP_SECONDS * rate)
    fade = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.01 * rate))
    wave = 2 * np.pi * BEEP_HERTZ * np.arange(count) / rate
    beep = 0.5 * fade * (np.sin(wave) + 0.4 * np.sin(3 * wave))
    pause = np.zeros(round(0.1 * rate))
    once = np.concatenate((np.tile(np.concatenate((beep, pause)), BEEPS), line.samples, np.zeros(rate // 2)))
    return Pcm(np.tile(once, times).astype(np.float32), rate)


class Found(NamedTuple):
    """Which outputs there were when somebody looked."""

    outputs: Sequence[int] = ()
    shared: bool = False
    """One of them can be played on by several programs at once. Otherwise the coach's own may be missing: ALSA does not list what somebody holds."""


class Outputs:
    """The outputs of this machine, as they were when somebody last looked."""

    def __init__(self, look: Callable[[], Found] | None = None, play: Callable[[int, Pcm], bool] | None = None) -> None:
        """Know nothing yet. `look` lists them, `play` plays on one of them and tells whether it could; by default PortAudio does both."""
        self._look_at, self._play = look or _listed, play or _play
        self._one_look = threading.Lock()
        """PortAudio is not to be started anew by two threads: a coach that died in his first second left an alarm without a sound."""
        self._known = Found()
        self._hung = False

    def look(self) -> None:
        """Look which there are."""
        with self._one_look:
            self._known = self._look_at()

    def look_aside(self) -> None:
        """The same on a thread: a sound server that hangs would hold up whoever waits (seen)."""
        threading.Thread(target=self.look, daemon=True).start()

    def alarm(self, line: Pcm, *, changed: bool) -> None:
        """Sound the alarm `TIMES` times: first on the outputs that are known, unless they have just `changed` or may lack one, then on those there are."""
        times = TIMES
        if not changed and self._seen.shared:
            times -= self._everywhere(signal_sound(line, 1))
        if not self._hung:  # PortAudio cannot be started anew while a device hangs in it
            self.look()
        self._everywhere(signal_sound(line, times))

    def _everywhere(self, sound: Pcm) -> bool:
        """On every output that opens, each on a thread of its own; whether there was one. One that hangs is not waited for."""
        known = self._seen.outputs
        played: queue.SimpleQueue[bool] = queue.SimpleQueue()
        threads = [threading.Thread(target=lambda index: played.put(self._insistently(index, sound)), args=(index,), daemon=True) for index in known]
        for thread in threads:
            thread.start()
        end = time.monotonic() + sound.seconds + OPENING
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._hung |= any(thread.is_alive() for thread in threads)
        return any(played.get() for _ in range(played.qsize()))

    @property
    def _seen(self) -> Found:
        """What was found when somebody looked last; waits for one who is looking now."""
        with self._one_look:
            return self._known

    def _insistently(self, index: int, sound: Pcm) -> bool:
        """Play, also on a device that the dying coach holds for a moment longer."""
        for _ in range(ATTEMPTS):
            if self._play(index, sound):
                return True
            time.sleep(BUSY)
        return False


def _listed() -> Found:
    try:
        import sounddevice  # noqa: PLC0415 - raises without PortAudio

        sounddevice._terminate()  # noqa: SLF001 - PortAudio lists the devices once; by now some have gone, some have come
        sounddevice._initialize()  # noqa: SLF001
        # Of ALSA's many names for one device only the default and the hardware: two copies of a tone may cancel each other.
        nothing: dict[str, Any] = {"devices": [], "default_output_device": -1}
        alsa: dict[str, Any] = next((host for host in sounddevice.query_hostapis() if host["name"] == "ALSA"), nothing)
        outputs = {index: "(hw:" in device["name"] for index, device in enumerate(sounddevice.query_devices()) if device["max_output_channels"] and
                   (index not in alsa["devices"] or index == alsa["default_output_device"] or "(hw:" in device["name"])}
        return Found(tuple(outputs), not all(outputs.values()))
    except Exception:  # noqa: BLE001 - nothing may keep the banner and the bell from being seen and heard
        return Found()


def _play(index: int, sound: Pcm) -> bool:
    with contextlib.suppress(Exception):  # it is gone, busy, or refuses: the others remain
        import sounddevice  # noqa: PLC0415

        info = sounddevice.query_devices(index)
        rate, channels = int(info["default_samplerate"]), min(2, info["max_output_channels"])
        frames = np.repeat(_whole(sound.at(rate).samples)[:, None], channels, axis=1)
        with sounddevice.OutputStream(samplerate=rate, device=index, channels=channels, dtype="int16", latency=0.2) as stream:
            stream.write(frames)
            time.sleep(stream.latency)
        return True
    return False


def main(given: IO[bytes]) -> None:
    """Be armed, wait, and sound the alarm if there is a reason."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # it goes when the coach goes, and not a moment sooner
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    screen = os.fdopen(os.dup(2), "w")  # sounddevice turns the other one off while it looks for devices, which may hang (seen)
    words: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    orders = given.readline()
    if not orders.endswith(b"\n") or orders == b"bye\n":  # the coach has gone before anybody could have pushed
        return
    head = json.loads(orders)
    line = Pcm(np.asarray(np.frombuffer(base64.b64decode(head["line"]), "<i2") / np.float32(32768), np.float32), head["rate"])
    outputs = Outputs()
    outputs.look_aside()  # ahead, for when it is needed there is no time

    def read() -> None:
        for word in given:
            words.put(word.decode().strip())
        words.put(None)

    threading.Thread(target=read, daemon=True).start()
    if reason := watch(words, worry=outputs.look_aside):
        print(head["banner"], file=screen, flush=True)
        player = threading.Thread(target=lambda: outputs.alarm(line, changed=reason is Reason.TOLD), daemon=True)
        player.start()
        player.join(LIMIT)


if __name__ == "__main__":
    main(sys.stdin.buffer)
    os._exit(0)  # a device may hang for good
