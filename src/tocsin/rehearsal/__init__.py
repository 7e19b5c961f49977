"""The story that is played on the embedded AWS, and its stage."""
