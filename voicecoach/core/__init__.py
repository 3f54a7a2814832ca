"""The session core: pure, from events to commands. It imports no engine, no array, no thread and no clock."""
