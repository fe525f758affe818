"""When checkpoints are taken: arithmetic on steps and times, without Keras."""

from dataclasses import dataclass

from tablefit.errors import InvalidInput

EVERY_S = 60.0
# Checkpoints of epochs and of passed time take at most this share of the training's time, so that very short epochs do
# not spend it on writing. Those asked for by number of steps come whatever they take.
LIMIT_SHARE = 0.02


@dataclass
class Schedule:
    """A checkpoint is due at the end of each epoch, every `every_steps` steps, and `every_s` seconds after the last."""

    every_steps: int | None
    every_s: float | None
    _last_s: float = 0.0
    _last_step: int = 0
    _cost_s: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("steps", self.every_steps), ("s", self.every_s)):
            if value is not None and value <= 0:
                raise InvalidInput(
                    f"expected checkpoint_every_{name} above 0, received {value:g}", field=f"checkpoint_every_{name}"
                )

    def start(self, step: int, now: float) -> None:
        """Training begins after `step` steps."""
        self._last_step, self._last_s = step, now

    def is_due(self, step: int, now: float, *, ends_epoch: bool) -> bool:
        """Whether to take one now; those of an epoch's last step wait for the end of its validation."""
        if self.every_steps is not None and step // self.every_steps > self._last_step // self.every_steps:
            return True
        passed_s = now - self._last_s
        wanted = ends_epoch or (self.every_s is not None and passed_s >= self.every_s)
        return wanted and passed_s * LIMIT_SHARE >= self._cost_s

    def take(self, step: int, now: float) -> None:
        """One is taken; what it costs is told to `charge`."""
        self._last_step, self._last_s, self._cost_s = step, now, 0.0

    def charge(self, cost_s: float) -> None:
        """The latest checkpoint took this much more of the training's time."""
        self._cost_s += cost_s
