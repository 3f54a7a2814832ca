"""What is remembered from one session to the next: facts out of events, a database of them, and what is made of it."""
