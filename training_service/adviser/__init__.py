"""What Keras says, without loading it: a helper process answers, and its answers are kept.

    service ── stdin ───> child   {"question": …, "arguments": {…}}     one JSON object a line
    child   ── stdout ──> service {"ready": true}, then {"answer": {…}} or {"fault": "…"} for each question

`questions` asks and keeps the process running, `process` is one run of it, `answers` keeps what it said on disk, and
`child`, the only part that imports Keras, is the process. Leaves to the askers what an answer means for a job.
"""

from training_service.adviser.questions import Adviser

__all__ = ["Adviser"]
