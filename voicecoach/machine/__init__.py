"""What this machine has: devices, models, voices, folders, and one session at a time."""
