"""Fixes what makes a run repeatable: seeds, threads, deterministic operations. Comes before everything else.

Leaves to the script which values those are. The bits of the weights depend on the number of threads, on the library
versions and on the CPU model; with these three alike, the same script gives the same weights.
"""

import os
import sys
from typing import Any

from tablefit.errors import WrongState
from tablefit.keras import job


def prepare(*, seed: int, threads: int, backend: str | None = None, deterministic: bool = True) -> None:
    """Seeds every random generator (0 <= seed < 2**32), fixes the number of threads, and loads Keras.

    Call it before anything imports Keras or TensorFlow. In a job it first connects to the training service, so that
    a cancel works and the process ends with its service from then on. `backend` is "tensorflow" or "jax"; left out, it
    is Keras's own choice. Without `deterministic`, TensorFlow may choose faster operations whose results differ from
    run to run on a GPU, and may compile with XLA. Raises WrongState when Keras runs on another backend already, when
    the backend is not installed, and when TensorFlow already computes with another number of threads.
    """
    running = job.current()
    if running is not None:
        running.start()
    # TensorFlow's notes on CPU features would fill the log of every job; warnings and errors stay.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")

    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend
    # What JAX's CPU client takes for the number of processors.
    os.environ.setdefault("NPROC", str(threads))
    keras = _load_keras(backend)
    if keras.backend.backend() == "tensorflow":
        _prepare_tensorflow(threads, deterministic=deterministic)
    keras.utils.set_random_seed(seed)


def _load_keras(backend: str | None) -> Any:
    loaded = "keras" in sys.modules
    try:
        import keras
    except ModuleNotFoundError as error:
        if error.name in (backend, f"{backend}lib"):
            raise WrongState(f"expected {backend} to be installed for this backend, found none") from error
        raise
    if loaded and backend not in (None, keras.backend.backend()):
        raise WrongState(
            f"expected Keras on {backend}, but it was loaded with {keras.backend.backend()} before; start a new "
            "process, or a new kernel in a notebook"
        )
    return keras


def _prepare_tensorflow(threads: int, *, deterministic: bool) -> None:
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
    if deterministic:
        tensorflow.config.experimental.enable_op_determinism()
