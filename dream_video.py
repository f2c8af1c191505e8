"""Make a video of a dream's frames: python3 dream_video.py [DREAM] [flags]"""

from dreammovie.doors import enter

if __name__ == "__main__":
    enter("video")
