"""A picture that goes on for ever, as a camera sees it at any moment of its way, exactly."""

import numpy as np

WAVES = np.random.default_rng(3).uniform((4, 0, 0), (18, 2 * np.pi, 2 * np.pi), (24, 3))
LIGHT = np.random.default_rng(4).normal(0, 9, 24)


def drawn(way, shape):
    """What is seen after a way, as of `step_of`; float32 (H, W, 3)."""
    height, width = shape
    rows, columns = np.mgrid[:height, :width]
    places = np.stack([columns - (width - 1) / 2, rows - (height - 1) / 2], -1) / width
    own = np.concatenate([places, np.ones((*shape, 1))], -1) @ np.linalg.inv(way).T
    x, y = np.moveaxis(own[..., :2] / own[..., 2:], -1, 0)
    image = np.full((*shape, 3), 128.0)
    for (often, angle, phase), light in zip(WAVES, LIGHT, strict=True):
        wave = np.sin(2 * np.pi * often * (x * np.cos(angle) + y * np.sin(angle)) + phase)
        image += light * wave[..., None]
    rings = np.tanh(3 * np.sin(60 * np.hypot(x - 0.1, y)))  # with edges that are nearly sharp
    return (image + rings[..., None] * (30, 25, 20)).clip(0, 255).astype(np.float32)
