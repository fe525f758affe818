"""Who may use models at one time."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from tablefit.errors import TooBusy

from tests.waiting import wait_until
from training_service.inference import pool as pools
from training_service.inference.pool import ModelPool
from training_service.inference.process import ModelPlace


def place(name: str) -> ModelPlace:
    return ModelPlace(name, Path(name), name)


def test_calls_that_wait_for_room_count_among_the_users(monkeypatch):
    monkeypatch.setattr(pools, "LIMIT_USERS", 2)
    pool = ModelPool(lambda _: SimpleNamespace(ended=False, close=lambda: None), limit=1)
    used = threading.Event()

    def use() -> None:
        with pool.open(place("second")):
            used.set()

    with pool.open(place("first")):
        waiting = threading.Thread(target=use)
        waiting.start()
        wait_until(lambda: pool._user_count == 2)
        with pytest.raises(TooBusy, match="2 calls use models just now"), pool.open(place("first")):
            pass
    assert used.wait(10)
    waiting.join()
    assert pool._user_count == 0
    pool.close()
