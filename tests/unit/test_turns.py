"""Turns are had in the order in which they were asked for, and patience ends."""

from __future__ import annotations

import threading
import time

from outreach.turns import Turns


def test_whoever_asked_first_is_served_first() -> None:
    turns, served, threads = Turns(), list[int](), list[threading.Thread]()

    def ask(number: int) -> None:
        with turns.turn(10) as had:
            assert had
            served.append(number)

    with turns.turn(10):
        for number in range(8):
            threads.append(threading.Thread(target=ask, args=(number,)))
            threads[-1].start()
            while turns.waiting() <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert served == list(range(8))


def test_who_waited_in_vain_takes_no_turn_from_those_behind() -> None:
    turns = Turns()
    with turns.turn(10), turns.turn(0.01) as had:
        assert not had
        assert turns.waiting() == 0
    with turns.turn(0) as had:
        assert had
