"""How fast this machine dreams: python3 tests/benchmarks/bench.py --help"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dreammovie.commands.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
