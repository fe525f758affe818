"""Why a process ended, in words, and the memory that there is."""

import os

import pytest

from training_service import memory
from training_service.exits import Exit, explain


@pytest.mark.parametrize(
    ("lacked_memory", "meaning"),
    [
        (False, "killed, perhaps for lack of memory"),
        (True, "the kernel ran out of memory: try a smaller batch size or image size"),
    ],
)
def test_a_kill_is_told_with_the_memory_taken_and_that_there_is(tmp_path, lacked_memory, meaning):
    (tmp_path / "output.log").write_text("epoch 3\n")
    sentence = explain(Exit(-9, 512 * 2**20, lacked_memory), 7, tmp_path / "output.log")
    assert sentence.startswith(f"The training process was ended by SIGKILL ({meaning}")
    there_is = f"{memory.machine_bytes() / 2**20:,.0f} MiB"
    assert sentence.endswith(f") at step 7; its peak memory was 512 MiB of {there_is}. It last printed: epoch 3")


def test_memory_is_that_of_the_machine_or_less():
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 2**24 < memory.machine_bytes() <= installed
    assert memory.kill_count() >= 0
