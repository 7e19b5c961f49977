"""The embedded AWS and the story that is played on it."""
