"""The hearing path: from samples to intents, with nothing live in it."""
