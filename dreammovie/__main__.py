"""`python3 -m dreammovie`: the same as the `dreammovie` command."""

from dreammovie.doors import main

if __name__ == "__main__":
    main()
