"""Dream a movie, frame by frame: python3 dream_frames.py [DREAM] [flags]"""

from dreammovie.commands.cli import frames

if __name__ == "__main__":
    raise SystemExit(frames())
