"""Videos: what is shown and heard, and how it becomes a file.

`cut` says which frames are shown, in which order, and when; what is shown between two frames
stands beside it. `encode` writes pictures into a file, and what is heard with them. Videos do not
know of movies: what they need of one, such as the way of its camera, is handed to them by the
command.
"""
