"""What the coach does in each phase, one file for each; `base` says what they have in common."""
