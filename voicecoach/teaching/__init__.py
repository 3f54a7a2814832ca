"""A person's own sounds: taught by voice, kept as numbers."""
