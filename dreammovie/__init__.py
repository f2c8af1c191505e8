"""dreammovie: movies of what a neural network sees in a picture.

The package reads in the order the data travels: image, octaves, tiles, networks,
objectives, gradient, shaping, dream, frames, motion, movie, video, sheet, evolution.
"""

__version__ = "0.1.0"
