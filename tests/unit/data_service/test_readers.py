"""Readers against deletion."""

import threading

import pytest
from tablefit.errors import NotFound, Unavailable, WrongState

from data_service.readers import Readers


def test_a_table_with_readers_cannot_be_deleted_and_names_them():
    readers = Readers()
    with readers.hold("t", "job 1"), readers.hold("t", "job 2"), readers.hold("t", "job 1"):
        assert readers.of("t") == ["job 1", "job 2", "job 1"]
        with pytest.raises(WrongState, match="being read by job 1, job 2;") as caught, readers.deleting("t", "digits"):
            pass
        assert caught.value.details == {"readers": "job 1, job 2"}
    assert readers.of("t") == []
    with readers.deleting("t", "digits"):
        pass


def test_readers_of_other_tables_do_not_matter():
    readers = Readers()
    with readers.hold("t", "job 1"), readers.deleting("u", "letters"):
        pass


def test_no_reader_comes_while_a_table_is_being_deleted():
    readers = Readers()
    with readers.deleting("t", "digits"), pytest.raises(NotFound), readers.hold("t", "job 1"):
        pass
    with readers.hold("t", "job 1"):
        assert readers.of("t") == ["job 1"]


def test_a_second_deletion_at_the_same_time_is_refused():
    readers = Readers()
    with readers.deleting("t", "digits"), pytest.raises(WrongState), readers.deleting("t", "digits"):
        pass


def test_deletion_and_readers_never_overlap():
    readers = Readers()
    inside = {"readers": 0, "deletions": 0}
    overlaps = []

    def read():
        for _ in range(300):
            try:
                with readers.hold("t", "reader"):
                    inside["readers"] += 1
                    overlaps.append(inside["deletions"])
                    inside["readers"] -= 1
            except NotFound:
                continue

    def delete():
        for _ in range(300):
            try:
                with readers.deleting("t", "digits"):
                    inside["deletions"] += 1
                    overlaps.append(inside["readers"])
                    inside["deletions"] -= 1
            except WrongState:
                continue

    threads = [threading.Thread(target=work) for work in (read, delete)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(overlaps) <= {0}


def test_waiting_ends_when_the_caller_goes():
    gone = threading.Event()
    gone.set()
    Readers().wait(gone)


def test_closing_ends_all_waiting_now_and_later():
    readers = Readers()
    raised: list[Unavailable] = []
    entered = threading.Barrier(2)

    def wait():
        entered.wait(10)
        try:
            readers.wait(threading.Event())
        except Unavailable as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    entered.wait(10)
    readers.close()
    thread.join(10)
    assert [str(error) for error in raised] == ["The service is stopping."]
    with pytest.raises(Unavailable):
        readers.wait(threading.Event())
