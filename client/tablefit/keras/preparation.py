"""Fixes what makes a run repeatable: seeds, threads, deterministic operations. Comes before everything else.

Leaves to the script which values those are. The bits of the weights depend on the number of threads, on the library
versions and on the CPU model; with these three alike, the same script gives the same weights.
"""

import os

from tablefit.errors import WrongState
from tablefit.keras import job


def prepare(*, seed: int, threads: int) -> None:
    """Seeds every random generator (0 <= seed < 2**32), fixes the number of threads, and loads Keras.

    Call it before anything imports Keras or TensorFlow. In a job it first connects to the training service, so that
    a cancel works and the process ends with its service from then on. Threads are set for the TensorFlow backend only.
    Raises WrongState when TensorFlow already computes with another number of threads.
    """
    running = job.current()
    if running is not None:
        running.start()
    # TensorFlow's notes on CPU features would fill the log of every job; warnings and errors stay.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")

    import keras

    if keras.backend.backend() == "tensorflow":
        _prepare_tensorflow(threads)
    keras.utils.set_random_seed(seed)


def _prepare_tensorflow(threads: int) -> None:
    import tensorflow

    threading = tensorflow.config.threading
    try:
        threading.set_intra_op_parallelism_threads(threads)
        # The feed's generator needs a thread beside the step's.
        threading.set_inter_op_parallelism_threads(max(2, threads))
    except RuntimeError as error:
        raise WrongState(
            "expected tablefit.keras.prepare before anything that computes with TensorFlow, since the number of "
            "threads cannot be changed later; start a new process, or a new kernel in a notebook"
        ) from error
    tensorflow.config.experimental.enable_op_determinism()
