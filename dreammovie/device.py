"""TensorFlow, imported quietly and set up once, for every file that computes on a device.

Importing this file takes seconds: only the files that dream do it.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@contextmanager
def _quietly() -> Iterator[None]:
    """Turns stderr aside, and shows what was written there if the block fails.

    TensorFlow's greetings come from C++ before any log level counts, so it is the file
    descriptor that is turned.
    """
    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except Exception:
            aside.seek(0)
            os.write(stderr, aside.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


with _quietly():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")

for gpu in gpus:
    # TensorFlow would take all of the memory at once, and other programs' share with it.
    tf.config.experimental.set_memory_growth(gpu, True)

# A killed and resumed movie must equal an unbroken one, byte for byte.
tf.config.experimental.enable_op_determinism()
