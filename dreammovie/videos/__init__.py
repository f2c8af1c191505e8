"""Videos: what is shown, and how it becomes a file."""
