"""The table of legal moves."""

from itertools import product

import pytest

from cryptomap.ikev1.states import MOVES, Input, State, after
from cryptomap.model.error import MisuseError

INITIATOR = [
    (Input.SA_REQUEST, "IKE_I_MM1"),
    (Input.MM_EXCHANGE, "IKE_I_MM2"),
    (Input.PROCESS_MAIN_MODE, "IKE_I_MM2"),
    (Input.PROCESS_COMPLETE, "IKE_I_MM3"),
    (Input.MM_EXCHANGE, "IKE_I_MM4"),
    (Input.PROCESS_MAIN_MODE, "IKE_I_MM4"),
    (Input.PROCESS_COMPLETE, "IKE_I_MM5"),
    (Input.MM_EXCHANGE, "IKE_I_MM6"),
    (Input.PROCESS_MAIN_MODE, "IKE_I_MM6"),
    (Input.PROCESS_COMPLETE, "IKE_P1_COMPLETE"),
    (Input.PHASE1_COMPLETE, "IKE_P1_COMPLETE"),
]
"""As a router printed them while it called another."""


def test_the_initiators_way() -> None:
    state = State.READY
    for happened, name in INITIATOR:
        state = after(state, happened)
        assert state.value == name


def test_every_other_move_is_refused() -> None:
    for state, happened in product(State, Input):
        if (state, happened) not in MOVES:
            with pytest.raises(MisuseError):
                after(state, happened)


def test_authenticated_is_reached_by_the_last_messages_only() -> None:
    """No shortcut: only who has processed message 5 or 6, or 2 or 3 of aggressive mode, is there.

    What comes after phase 1 goes out from there and back.
    """
    into = {old for (old, _), new in MOVES.items() if new is State.P1_COMPLETE and old is not new}
    after_phase1 = {state for state in State if state.name.startswith(("XAUTH", "CONFIG"))}
    assert into - after_phase1 == {State.I_MM6, State.R_MM5, State.I_AM1, State.R_AM2}
    before = {old for (old, _), new in MOVES.items() if new in after_phase1}
    assert before <= after_phase1 | {State.P1_COMPLETE}


def test_xauth_ends_by_an_acknowledgement_only() -> None:
    """Who asks gets back to where quick modes begin by the client's ACK alone, and only after AAA's word."""
    asking = {State.XAUTH_REQ_SENT, State.XAUTH_AAA_AWAIT, State.XAUTH_SET_SENT}
    out = {(old, happened) for (old, happened), new in MOVES.items() if old in asking and new not in asking}
    out = {move for move in out if move[1] is not Input.PHASE1_DELETED}
    assert out == {(State.XAUTH_SET_SENT, Input.CFG_ACK)}
    into_set = {move for move, new in MOVES.items() if new is State.XAUTH_SET_SENT}
    assert into_set == {(State.XAUTH_AAA_AWAIT, Input.AAA_LOGIN_OVER)}


def test_work_in_hand_can_always_be_undone() -> None:
    for state in (State.I_MM2, State.I_MM4, State.I_MM6, State.R_MM1, State.R_MM3, State.R_MM5):
        back = after(state, Input.PROCESS_ERROR)
        assert after(back, Input.MM_EXCHANGE) is state


def test_every_state_is_reached_and_left() -> None:
    reached = {new for new in MOVES.values()} | {State.READY, State.QM_READY}
    left = {old for old, _ in MOVES} | {State.DEST_SA, State.QM_PHASE2_COMPLETE}
    assert reached == left == set(State)
