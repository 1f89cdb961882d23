"""Deadlines by key."""

from cryptomap.ikev1.timers import FINAL_WAIT, RETRANSMIT_DELAYS, Timer, Timers, Transmission


def test_the_earliest_comes_first() -> None:
    timers = Timers()
    assert timers.next() is None
    timers.set(Timer.EXPIRE, 1, 5.0)
    timers.set(Timer.EXPIRE, 2, 3.0)
    timers.set(Timer.KEEPALIVE, 1, 4.0)
    assert timers.next() == 3.0
    assert timers.pop_due(2.9) is None
    assert [timers.pop_due(9.0) for _ in range(4)] == [
        (Timer.EXPIRE, 2),
        (Timer.KEEPALIVE, 1),
        (Timer.EXPIRE, 1),
        None,
    ]


def test_a_deadline_moves_and_goes() -> None:
    timers = Timers()
    timers.set(Timer.EXPIRE, 1, 1.0)
    timers.set(Timer.EXPIRE, 1, 7.0)
    assert timers.next() == 7.0
    timers.set(Timer.EXPIRE, 1, 2.0)
    assert timers.pop_due(2.0) == (Timer.EXPIRE, 1)
    assert timers.next() is None
    timers.set(Timer.EXPIRE, 1, 1.0)
    timers.cancel(Timer.EXPIRE, 1)
    timers.cancel(Timer.EXPIRE, 2)
    assert timers.next() is None


def test_equal_deadlines_keep_their_order() -> None:
    timers = Timers()
    for number in range(5):
        timers.set(Timer.RETRANSMIT, (number, 0), 1.0)
    assert [timers.pop_due(1.0) for _ in range(5)] == [(Timer.RETRANSMIT, (n, 0)) for n in range(5)]


def test_retransmissions_back_off_and_end() -> None:
    transmission = Transmission()
    transmission.sent(b"data", b"answered")
    waits = []
    while not transmission.exhausted:
        waits.append(transmission.next_delay)
        transmission.attempts += 1
    assert waits == list(RETRANSMIT_DELAYS) == sorted(waits)
    assert transmission.next_delay == FINAL_WAIT
    transmission.sent(b"next", b"")
    assert transmission.attempts == 0
