"""What the processes of the service see of its environment."""

import os
from collections.abc import Mapping
from pathlib import Path

import tablefit

# The argument by which a child may let models run code of their own, and the operator's setting of that name.
LEAVE = "--allow-own-code"

# What a child gets of the service's environment, beside the variables that `child_environment` sets. Nothing else
# passes, so no password does.
_PASSED = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "XDG_CACHE_HOME"})
_PASSED_PREFIXES = ("LC_", "KERAS_", "TF_", "XLA_", "JAX_", "CUDA_", "NVIDIA_", "OMP_", "MALLOC_")


def child_environment(environment: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """What a script's process sees: `variables`, the service's paths, language and Keras settings, and nothing else."""
    passed = {
        name: value for name, value in environment.items() if name in _PASSED or name.startswith(_PASSED_PREFIXES)
    }
    # The library that the service uses is the one that the script imports, whatever its folder.
    library = Path(str(tablefit.__file__)).resolve().parent.parent
    paths = [str(library), *map(os.path.abspath, filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)))]
    python = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    return {**passed, **python, **variables}
