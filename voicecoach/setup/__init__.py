"""`voicecoach setup`: loudspeaker, microphone, voice and "stop", chosen and tried by voice alone.

``vocabulary`` is what the talk and the world say to each other, ``lines`` what the coach says, ``dialogue`` the pure talk, and
``live`` carries it out with real devices.
"""
