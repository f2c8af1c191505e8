"""Dreaming one picture: what a network's gradient makes of it."""
