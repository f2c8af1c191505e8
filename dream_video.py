"""Make a video of a dream's frames: python3 dream_video.py [DREAM] [flags]"""

from dreammovie.commands.cli import video

if __name__ == "__main__":
    raise SystemExit(video())
