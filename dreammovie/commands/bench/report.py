"""What was measured, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dreammovie.networks.precision import PRECISIONS


def lines(part: str, results: Any) -> Iterator[str]:
    """One part's results for a person to read."""
    if part == "machine":
        yield f"{results['processor']}, {results['cores']} cores, {', '.join(results['devices'])}"
        yield f"Python {results['python']}, TensorFlow {results['tensorflow']}"
    elif part == "gradient":
        yield f"gradient of {results['gflop']:.0f} GFLOP at {results['size']}"
        yield f"  {'matrix product':16} {results['product_gflops']:7.0f} GFLOP/s"
        for precision in PRECISIONS:
            row = results[precision]
            yield (
                f"  {precision:16} {row['gflops']:7.0f} GFLOP/s {row['seconds']:8.3f} s "
                f"{row['fraction_of_product']:6.0%} of the product's rate"
            )
    elif part == "frame":
        octaves = f"{results['octaves']} octave" + ("s" if results["octaves"] > 1 else "")
        yield f"frame at {results['size']}, {octaves} of {results['steps']} steps"
        row = results["lineage"]
        yield f"  {'tutorial loop':16} {row['seconds']:7.2f} s           score {row['score']:.0f}"
        for precision in PRECISIONS:
            row = results[precision]
            yield (
                f"  {precision:16} {row['seconds']:7.2f} s  {row['times_as_fast']:5.2f} x  "
                f"score {row['score']:.0f}"
            )
        row = results["auto"]
        yield (
            f"  auto is {row['precision']}, {row['of_the_quicker']:.2f} of the quicker one's time; "
            f"measured in {row['seconds_to_measure']:.1f} s"
        )
    elif part == "movie":
        yield "movie: time inside the compiled step"
        for row in results:
            yield (
                f"  {row['precision']:16} {row['seconds_a_frame']:7.2f} s a frame, "
                f"{row['fraction_in_step']:.1%}"
            )
    elif part == "scaling":
        yield "one step in float32"
        for row in results:
            yield (
                f"  {row['size']:16} {row['seconds']:7.3f} s  "
                f"{row['microseconds_a_pixel']:.3f} us a pixel, {row['peak_memory_gb']:.2f} GB"
            )
    elif part == "start":
        yield f"start: --help {results['help']:.2f} s, first step {results['first_step']:.2f} s"
    elif part == "video":
        beside = "ffmpeg is not installed here"
        if "ffmpeg" in results:
            beside = f"ffmpeg {results['ffmpeg']:.2f} s, {results['of_ffmpeg']:.2f} x its pace"
        yield f"video of frames: {results['ours']:.2f} s; {beside}"
    elif part == "busy" and results["busy"]:
        others = results["others"]
        taken = "" if others is None else f", and others took {others:.0%} of the cores' time"
        yield (
            "The machine was busy, and these figures are not to be trusted: of the repeats of one "
            f"thing the slowest took {1 + results['spread']:.2f} times as long as usual{taken}."
        )
