"""What each command does, a file for each group: it gathers the pieces, runs them, and says how it went."""
