"""What happened in a session, for machines and for people."""
