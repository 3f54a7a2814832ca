"""The process in which pyttsx3 renders, apart from the coach, so that its hangs and crashes can be survived.

Run by path (``python -P pyttsx3_worker.py``) and alone on purpose: it imports nothing of this package and so is ready
in a tenth of a second. It answers one request after another on its standard streams and ends when its input ends,
also in the middle of a line, so that it cannot outlive its parent.

A message, in both directions, is a 4-byte big-endian length, that many bytes of JSON (an object), and as many bytes of
payload as the object's ``bytes`` says. Requests: ``{"do": "voices"}``, answered with ``voices`` and ``version``, and
``{"do": "render", "text", "voice", "language", "words_per_minute", "pitch", "folder"}``, answered with a payload that is a
whole sound file, WAV or AIFF. A reply with ``error`` has a ``kind``: "voice" when there is no such voice, else "engine".

Two ways of rendering, because pyttsx3 has one driver per system:

* espeak (Linux): pyttsx3's own binding of the library, with a callback that collects the samples. Measured: 4 ms a line.
* the others: the driver writes a file. Its event loop is known to leave things behind, so the parent takes a fresh
  process for each line. With espeak this way loses the last half second of some lines (10 of 240 measured: the driver
  writes the file before it has added the last block), so it is not for Linux.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import json
import os
import queue
import signal
import struct
import sys
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

Message = dict[str, Any]

_LENGTH = struct.Struct(">I")
_DO_NOT_EXIT = 0x8000
"""espeakINITIALIZE_DONT_EXIT: without it the library ends the process when it cannot find its data."""


class VoiceNotFoundError(Exception):
    """The voice that was asked for does not exist here."""


class Renderer(Protocol):
    """One way of getting sound out of pyttsx3."""

    version: str

    def voices(self) -> list[dict[str, str]]:
        """Every voice: ``id``, ``name`` and ``language``."""

    def variants(self) -> set[str]:
        """What may follow a voice and a plus sign."""

    def render(self, text: str, voice: str, words_per_minute: int, pitch: int, folder: str) -> bytes:
        """`text` as a sound file; `voice` is an id, `pitch` is 0-99, and `folder` is for passing files."""


# --- messages ---------------------------------------------------------------------------------------------------


def write_message(stream: BinaryIO, message: Message, payload: bytes = b"") -> None:
    """Send one message and flush."""
    head = json.dumps({**message, "bytes": len(payload)}).encode()
    stream.write(_LENGTH.pack(len(head)) + head + payload)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[Message, bytes]:
    """Receive one message.

    Raises:
        EOFError: the other side has gone, before or in the middle of a message.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    message: Message = json.loads(_exactly(stream, length))
    return message, _exactly(stream, message["bytes"])


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


# --- choosing a voice -------------------------------------------------------------------------------------------


def choose(voices: list[dict[str, str]], wanted: str, language: str) -> str:
    """The id of the voice that `wanted` names: its id, name, language, or a part of its name; case is ignored.

    Without `wanted`: the first voice that speaks `language` exactly, else one that speaks a variety of it.

    Raises:
        VoiceNotFoundError: there is none; the message names some that exist.
    """
    need = wanted.lower()
    tests: list[Callable[[dict[str, str]], bool]]
    if need:
        tests = [lambda v: need in {v["id"].lower(), v["id"].lower().rpartition("/")[2]},
                 lambda v: need in {v["name"].lower(), v["language"].lower()},
                 lambda v: need in v["name"].lower()]
    else:
        tests = [lambda v: v["id"].lower().rpartition("/")[2] == language or v["language"].lower() == language,
                 lambda v: v["language"].lower().replace("_", "-").startswith(f"{language}-")]
    for test in tests:
        for voice in voices:
            if test(voice):
                return voice["id"]
    same = [v for v in voices if v["language"].lower().startswith(language)] or voices
    some = ", ".join(v["id"].rpartition("/")[2] for v in same[:8])
    what = f"there is no voice {wanted!r}" if wanted else f"no voice speaks {language!r}"
    raise VoiceNotFoundError(f"{what}; some that exist: {some}" if some else what)


# --- espeak: in this process, without files ---------------------------------------------------------------------


class Espeak:
    """pyttsx3's espeak binding, read through its synthesis callback."""

    def __init__(self) -> None:
        load_espeak()
        from pyttsx3.drivers import _espeak, espeak  # noqa: PLC0415 - must come after the library

        self._library, self._driver = _espeak, espeak.EspeakDriver
        self._rate = _espeak.Initialize(_espeak.AUDIO_OUTPUT_SYNCHRONOUS, 200, None, _DO_NOT_EXIT)
        if self._rate <= 0:
            raise RuntimeError("espeak-ng found no data to speak with")
        self._sound: list[bytes] = []
        _espeak.SetSynthCallback(self._collect)
        self.version = f"espeak-ng {(_espeak.Info(None) or b'?').decode()}"

    def _collect(self, samples: Any, count: int, _events: Any) -> int:  # noqa: ANN401 - ctypes pointers
        if count > 0:
            self._sound.append(ctypes.string_at(samples, count * 2))
        return 0

    def voices(self) -> list[dict[str, str]]:
        """See `Renderer`."""
        return [{"id": v.id, "name": v.name, "language": (v.languages or [""])[0]}
                for v in self._driver.getProperty("voices")]

    def variants(self) -> set[str]:
        """See `Renderer`; they change the timbre: ``en-us+f3``."""
        spec = self._library.VOICE(languages=b"variant")
        found = self._library.ListVoices(ctypes.pointer(spec))
        return {v.identifier.decode(errors="replace").rpartition("/")[2].lower() for v in found}

    def render(self, text: str, voice: str, words_per_minute: int, pitch: int, folder: str) -> bytes:  # noqa: ARG002
        """See `Renderer`; needs no folder."""
        self._driver.setProperty("voice", voice)
        self._driver.setProperty("rate", words_per_minute)
        self._driver.setProperty("pitch", pitch)
        self._sound.clear()
        failed = self._library.Synth(text, flags=self._library.CHARS_UTF8)
        if failed:
            raise RuntimeError(f"espeak-ng failed with code {failed}")
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(self._rate)
            out.writeframes(b"".join(self._sound))
        return file.getvalue()


def load_espeak() -> None:
    """Load espeak-ng before pyttsx3 looks for it: the system's, else the one that comes with espeakng-loader."""
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        import espeakng_loader  # noqa: PLC0415 - absent where the system brings the library

        # The library looks for its data where it was built, and nowhere else, unless it is told.
        os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
        ctypes.CDLL(espeakng_loader.get_library_path(), ctypes.RTLD_GLOBAL)


# --- any driver: through a file ---------------------------------------------------------------------------------


class ToFile:
    """pyttsx3's public interface; good for one line, because a second one in the same process may hang."""

    def __init__(self, driver: str | None = None) -> None:
        if sys.platform.startswith("linux"):
            load_espeak()
        import pyttsx3  # noqa: PLC0415 - must come after the library

        self._engine = pyttsx3.init(driver)
        self.version = f"pyttsx3 driver {self._engine}"

    def voices(self) -> list[dict[str, str]]:
        """See `Renderer`; languages are written ``en-us`` whatever the system writes."""
        return [{"id": str(v.id), "name": str(v.name or v.id),
                 "language": str((v.languages or [""])[0] or "").replace("_", "-").lower()}
                for v in self._engine.getProperty("voices")]

    def variants(self) -> set[str]:
        """See `Renderer`; only espeak has any, and that is `Espeak`'s affair."""
        return set()

    def render(self, text: str, voice: str, words_per_minute: int, pitch: int, folder: str) -> bytes:
        """See `Renderer`. Waits until the file is whole: runAndWait() may return before it exists."""
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", words_per_minute)
        if str(self._engine) == "espeak":
            self._engine.setProperty("pitch", pitch)
        file = Path(folder) / ("line.aiff" if sys.platform == "darwin" else "line.wav")
        file.unlink(missing_ok=True)
        if sys.platform == "win32":
            self._sapi(text, file)
        else:
            self._engine.save_to_file(text, str(file))
            self._engine.runAndWait()
        return _settled(file)

    def _sapi(self, text: str, file: Path) -> None:
        """What the driver's save_to_file does, less its reading of the current output, which fails without a device."""
        create_for_write = 3
        speech = self._engine.proxy._driver._tts  # noqa: SLF001 - the public way fails, see above
        stream = importlib.import_module("comtypes.client").CreateObject("SAPI.SpFileStream")
        stream.Open(str(file), create_for_write)
        speech.AudioOutputStream = stream
        speech.Speak(text)
        stream.Close()


def _settled(file: Path, pause: float = 0.03) -> bytes:
    """The content of `file` once it exists and has stopped growing; the parent's time-out ends a vain wait."""
    header_only = 128
    size = -1
    while True:
        now = file.stat().st_size if file.exists() else 0
        if now > header_only and now == size:
            return file.read_bytes()
        size = now
        time.sleep(pause)


# --- the loop ---------------------------------------------------------------------------------------------------


class Server:
    """Answers requests with one renderer."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._chosen: dict[tuple[str, str], str] = {}

    def answer(self, request: Message) -> tuple[Message, bytes]:
        """The reply to one request and its payload."""
        if request["do"] == "voices":
            return {"voices": self._renderer.voices(), "version": self._renderer.version}, b""
        voice = self._voice(request["voice"], request["language"])
        return {}, self._renderer.render(request["text"], voice, request["words_per_minute"], request["pitch"],
                                         request["folder"])

    def _voice(self, wanted: str, language: str) -> str:
        if (wanted, language) not in self._chosen:
            name, plus, variant = wanted.partition("+")
            known = self._renderer.variants() if plus else {""}
            if variant.lower() not in known:  # the library itself would ignore it without a word
                some = f"; some that exist: {', '.join(sorted(known)[:8])}" if known else ""
                raise VoiceNotFoundError(f"there is no variant {variant!r} of a voice{some}")
            self._chosen[wanted, language] = choose(self._renderer.voices(), name, language) + plus + variant
        return self._chosen[wanted, language]


def _read_requests(stream: BinaryIO, requests: queue.SimpleQueue[Message]) -> None:
    """Runs in its own thread, so that the end of the input is seen, and obeyed, in mid-render."""
    try:
        while True:
            requests.put(read_message(stream)[0])
    except EOFError:
        os._exit(0)


def main() -> None:
    """Answer requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the coach, which still has lines to speak
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # pyttsx3 prints; its words must not get between the replies
    requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(sys.stdin.buffer, requests), daemon=True).start()
    server: Server | None = None
    while True:
        request = requests.get()
        try:
            if server is None:
                server = Server(Espeak() if "--in-process" in sys.argv else ToFile())
            reply, payload = server.answer(request)
        except VoiceNotFoundError as error:
            reply, payload = {"error": str(error), "kind": "voice"}, b""
        except Exception as error:  # noqa: BLE001 - whatever a driver throws becomes a sentence for the parent
            reply, payload = {"error": f"{type(error).__name__}: {error}", "kind": "engine"}, b""
        write_message(replies, reply, payload)


if __name__ == "__main__":
    main()
