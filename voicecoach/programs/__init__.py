"""Programs as files, and their course with its times, as text and as a picture."""
