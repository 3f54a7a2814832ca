"""The live session: threads, queues, the real clock, and what comes in from microphones and hands."""
