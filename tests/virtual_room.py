"""A private PulseAudio server with a microphone that we speak into and a speaker that we listen to; no sound hardware.

Needs ``apt-get install --no-install-recommends libportaudio2 pulseaudio pulseaudio-utils libasound2-plugins``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

RATE = 16_000
PROGRAMS = ("pulseaudio", "pactl", "pacat", "parec")


def missing() -> str:
    """Why there can be no virtual room here; empty if there can."""
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    plugin = any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so"))
    if absent or not plugin:
        return f"not installed: {', '.join(absent) or 'libasound2-plugins'}"
    return ""


class Recorder:
    """A recording on the machine's clock, so that two of them can be laid side by side."""

    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        self._data, self._program = bytearray(), program
        self.begin = float("inf")
        """Time of the first sample on `time.monotonic`'s clock. Sound never arrives early, so the earliest arrival tells best."""
        threading.Thread(target=self._keep, args=(program,), daemon=True).start()
        end = time.monotonic() + 10.0
        while not self._data:
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(0.01)

    def _keep(self, program: subprocess.Popen[bytes]) -> None:
        with program.stdout:
            while data := program.stdout.read1(4096):
                self._data += data
                self.begin = min(self.begin, time.monotonic() - len(self._data) / 2 / RATE)

    def close(self) -> None:
        """Record no more."""
        self._program.kill()

    def samples(self) -> np.ndarray:
        """Everything so far, at 16 kHz."""
        whole = len(self._data) // 2 * 2
        return np.frombuffer(bytes(self._data[:whole]), "<i2").astype(np.float32) / 32768


class VirtualRoom:
    """The server, and what can be done in it."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "native"
        self._devices = folder / "asound.conf"
        self._devices.write_text("</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n")
        self.environment = {
            "PULSE_RUNTIME_PATH": str(folder), "PULSE_STATE_PATH": str(folder), "PULSE_SERVER": f"unix:{socket}",
            "PULSE_COOKIE": str(folder / "cookie"), "ALSA_CONFIG_PATH": str(folder / "asound.conf")}
        self._environment = {**os.environ, **self.environment}
        self._programs: list[subprocess.Popen[bytes]] = []
        self._socket = socket
        self.recorder: Recorder | None = None
        self.revive()

    def revive(self) -> None:
        """Start the server, for the first time or after `kill`."""
        self._socket.unlink(missing_ok=True)
        modules = (f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
                   "module-null-sink sink_name=micin rate=16000 channels=1",
                   "module-remap-source source_name=mic master=micin.monitor",
                   "module-null-sink sink_name=spk rate=48000 channels=1",
                   "module-always-sink")
        self._server = self._run("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                                 "--system=no", *(f"-L{module}" for module in modules), output=subprocess.DEVNULL)
        for _ in range(200):
            if self._socket.exists() and self._control("info", check=False):
                break
            time.sleep(0.05)
        self._control("set-default-sink", "spk")
        self._control("set-default-source", "mic")

    def _run(self, *command: str, output: int, given: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        if shutil.which("setpriv"):  # so that nothing outlives a test run that is killed
            command = ("setpriv", "--pdeathsig", "KILL", *command)
        program = subprocess.Popen(command, env=self._environment, stdin=given, stdout=output,  # noqa: S603
                                   stderr=subprocess.DEVNULL)
        self._programs.append(program)
        return program

    def _control(self, *words: str, check: bool = True) -> bool:
        done = subprocess.run(["pactl", *words], env=self._environment, check=check, capture_output=True,  # noqa: S603, S607
                              timeout=20)
        return done.returncode == 0

    def say(self, samples: np.ndarray, into: str = "micin") -> None:
        """Play `samples` (16 kHz) into the microphone, beside whatever else is played into it; returns at once."""
        program = self._run("pacat", "--playback", f"--device={into}", "--rate=16000", "--channels=1", "--format=s16le",
                            "--latency-msec=50", output=subprocess.DEVNULL, given=subprocess.PIPE)
        data = np.asarray(np.clip(samples, -1, 1) * 32767, "<i2").tobytes()

        def feed() -> None:
            with contextlib.suppress(OSError), program.stdin:
                program.stdin.write(data)

        threading.Thread(target=feed, daemon=True).start()

    def listen(self, speaker: str = "spk") -> None:
        """Begin to record a speaker; an earlier recording is heard no more."""
        if self.recorder:
            self.recorder.close()
        self.recorder = self.record(f"{speaker}.monitor")

    def heard(self) -> np.ndarray:
        """What the speaker has played since `listen`, at 16 kHz."""
        return self.recorder.samples()

    def record(self, source: str) -> Recorder:
        """Begin to record any source; "micin.monitor" is what people say."""
        return Recorder(self._run("parec", "-d", source, "--rate=16000", "--channels=1", "--format=s16le", "--latency-msec=10",
                                  output=subprocess.PIPE))

    def unplug_microphone(self) -> None:
        """Remove the source; streams from it are moved elsewhere, as on a desktop."""
        self._control("unload-module", "module-remap-source")

    def plug_microphone(self, name: str = "mic") -> None:
        """Connect the microphone, again or a second one; it becomes the default, as on a desktop."""
        self._control("load-module", "module-remap-source", f"source_name={name}", "master=micin.monitor")
        self._control("set-default-source", name)

    def name_microphone(self, name: str) -> None:
        """One more device in ALSA's list, which is the same microphone."""
        with self._devices.open("a") as file:
            file.write(f"pcm.{name} {{ type pulse device mic }}\n")

    def unplug_speaker(self, instead: str) -> float:
        """Remove the sink; streams to it are moved to another one, new ones go to `instead`. Just before which time on `time.monotonic`'s clock."""
        sinks = subprocess.run(["pactl", "list", "short", "modules"], env=self._environment, check=True, capture_output=True,  # noqa: S607
                               timeout=20, text=True)
        (module,) = [line.split()[0] for line in sinks.stdout.splitlines() if "sink_name=spk " in line]
        at = time.monotonic()
        self._control("unload-module", module)
        self._control("set-default-sink", instead)
        return at

    def plug_speaker(self, name: str) -> None:
        """Connect one more speaker; what is playing stays where it is."""
        self._control("load-module", "module-null-sink", f"sink_name={name}", "rate=48000", "channels=1")

    def mute_microphone(self, *, mute: bool = True) -> None:
        """Exact zeros from now on, or no longer."""
        self._control("set-source-mute", "mic", str(int(mute)))

    def kill(self) -> None:
        """The sound server dies."""
        self._server.kill()
        self._server.wait()

    def freeze(self) -> None:
        """The sound server hangs."""
        self._server.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        """End every program that was started here."""
        for program in reversed(self._programs):
            program.kill()
            program.wait()
        for program in self._programs:
            for stream in (program.stdin, program.stdout):
                if stream:
                    with contextlib.suppress(OSError):
                        stream.close()


@contextlib.contextmanager
def virtual_room(*, again: bool = True, kind: type[VirtualRoom] = VirtualRoom) -> Iterator[VirtualRoom]:
    """A room for the length of the block, in which this process's sounddevice sees its two devices only.

    `again` is for a process that goes on: afterwards it sees the real devices. `kind` is for rooms with more in them.
    """
    import sounddevice  # noqa: PLC0415 - raises without PortAudio

    with tempfile.TemporaryDirectory(prefix="room-") as folder:
        room = kind(Path(folder))
        before = {key: os.environ.get(key) for key in room.environment}
        os.environ.update(room.environment)
        try:
            _look_again(sounddevice)
            yield room
        finally:
            for key, value in before.items():
                os.environ.pop(key)
                if value is not None:
                    os.environ[key] = value
            room.close()
            if again:
                _look_again(sounddevice)


def _look_again(sounddevice) -> None:
    """PortAudio lists the devices once, when it is initialised."""
    sounddevice._terminate()  # noqa: SLF001 - there is no public way
    sounddevice._initialize()  # noqa: SLF001
