"""What a translator of the dialogs is told: mistakes and remarks, beyond what the loader refuses."""
