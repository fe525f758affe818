"""Readers share the cache as long as all that they come back to fits it."""

from data_service.working_sets import WorkingSets


def test_readers_fit_up_to_the_limit() -> None:
    sets = WorkingSets()
    with sets.join("a", 60, 100) as first, sets.join("b", 40, 100) as second, sets.join("c", 1, 100) as third:
        assert (first, second, third) == (True, True, False)


def test_readers_of_one_name_share_their_room() -> None:
    sets = WorkingSets()
    with sets.join("a", 60, 100), sets.join("a", 80, 100) as larger, sets.join("b", 20, 100) as other:
        assert (larger, other) == (True, True)
        with sets.join("b", 21, 100) as too_large:
            assert not too_large


def test_room_is_free_again_when_its_reader_ends() -> None:
    sets = WorkingSets()
    with sets.join("a", 80, 100), sets.join("a", 20, 100), sets.join("b", 30, 100) as crowded_out:
        assert not crowded_out
    with sets.join("b", 100, 100) as alone:
        assert alone


def test_a_reader_larger_than_the_limit_never_fits() -> None:
    with WorkingSets().join("a", 101, 100) as fits:
        assert not fits
