"""The language of values over time: keys, easings between them, and formulas."""
