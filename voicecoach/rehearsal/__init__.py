"""Rehearsals: a whole session on a simulated clock, with imagined people, real ears and a real voice."""
