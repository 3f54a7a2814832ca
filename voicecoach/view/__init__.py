"""What can be looked at: large type while a session runs, the page of phrases, pictures of the phases."""
