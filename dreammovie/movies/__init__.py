"""Movies: a folder of frames, each dreamt from the one before."""
