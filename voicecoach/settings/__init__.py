"""What people choose and keep: one plain file of settings, and a profile of names."""
