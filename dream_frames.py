"""Dream a movie, frame by frame: python3 dream_frames.py [DREAM] [flags]"""

from dreammovie.doors import enter

if __name__ == "__main__":
    enter("frames")
