"""voicecoach: an offline, hands-free voice coach for partner-assisted lower-back stretching at home."""

__version__ = "0.1.0"
