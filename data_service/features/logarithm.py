"""log(1 + x) for x >= 0 in float64, equal on every machine.

Libraries and processors differ in the last bit of their logarithms, and numbers are fitted on these. This one takes
sums, products and quotients alone, which IEEE 754 defines. After `s_log1p.c` of fdlibm (Sun Microsystems, 1993).
"""

import numpy as np
from numpy.typing import NDArray

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_COEFFICIENTS = (
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
)
_SQRT_HALF = 0.7071067811865476
# Below, 1 + x needs no power of 2 taken out.
_NEAR_ZERO = 0.41421356237309503
# From here on 1 + x has lost the 1.
_ONE_IS_LOST = 2.0**53


def log1p(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + x) of each x >= 0; NaN stays NaN."""
    u = 1.0 + x
    power, f = _split(u)
    lost = np.where(power > 0, 1.0 - (u - x), x - (u - 1.0)) / u
    lost[x >= _ONE_IS_LOST] = 0.0
    near = x < _NEAR_ZERO
    power[near], f[near], lost[near] = 0.0, x[near], 0.0
    half_square = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    series = np.zeros_like(z)
    for coefficient in _COEFFICIENTS:
        series = z * (coefficient + series)
    tail = s * (half_square + series) + (power * _LN2_LOW + lost)
    return power * _LN2_HIGH - ((half_square - tail) - f)


def _split(u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """k and f of u = 2^k (1 + f), with 1 + f between the roots of a half and of two."""
    fraction, exponent = np.frexp(u)
    is_small = fraction < _SQRT_HALF
    return (exponent - is_small).astype(np.float64), np.where(is_small, 2.0 * fraction, fraction) - 1.0
