"""The legal moves of an exchange, under the names that IOS shows.

An exchange stands in one `State`. What happened is an `Input`; a pair that the table does not hold is a move
that nobody may make. An odd responder or even initiator state of main mode is one of work in
hand: it is left by PROCESS_COMPLETE, or by PROCESS_ERROR back to where the exchange waited.

What a state knows is in the types of `exchange`; this table is the summary, and what debug prints.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum

from cryptomap.model.error import MisuseError


class State(StrEnum):
    """Phase 1 by role and number of the message last sent or received, then quick mode."""

    READY = "IKE_READY"
    I_MM1 = "IKE_I_MM1"
    I_MM2 = "IKE_I_MM2"
    I_MM3 = "IKE_I_MM3"
    I_MM4 = "IKE_I_MM4"
    I_MM5 = "IKE_I_MM5"
    I_MM6 = "IKE_I_MM6"
    R_MM1 = "IKE_R_MM1"
    R_MM2 = "IKE_R_MM2"
    R_MM3 = "IKE_R_MM3"
    R_MM4 = "IKE_R_MM4"
    R_MM5 = "IKE_R_MM5"
    I_AM1 = "IKE_I_AM1"
    R_AM_AAA_AWAIT = "IKE_R_AM_AAA_AWAIT"
    R_AM2 = "IKE_R_AM2"
    P1_COMPLETE = "IKE_P1_COMPLETE"
    XAUTH_REQ_SENT = "IKE_XAUTH_REQ_SENT"
    XAUTH_AAA_AWAIT = "IKE_XAUTH_AAA_CONT_LOGIN_AWAIT"
    XAUTH_SET_SENT = "IKE_XAUTH_SET_SENT"
    XAUTH_REPLY_AWAIT = "IKE_XAUTH_REPLY_AWAIT"
    XAUTH_REPLY_SENT = "IKE_XAUTH_REPLY_SENT"
    CONFIG_AAA_AWAIT = "IKE_CONFIG_AUTHOR_AAA_AWAIT"
    CONFIG_SET_SENT = "IKE_CONFIG_MODE_SET_SENT"
    CONFIG_REQ_SENT = "IKE_CONFIG_MODE_REQ_SENT"
    DEST_SA = "IKE_DEST_SA"
    QM_READY = "IKE_QM_READY"
    QM_I_QM1 = "IKE_QM_I_QM1"
    QM_SPI_STARVE = "IKE_QM_SPI_STARVE"
    QM_R_QM2 = "IKE_QM_R_QM2"
    QM_PHASE2_COMPLETE = "IKE_QM_PHASE2_COMPLETE"


class PacketState(StrEnum):
    """What `show crypto isakmp sa` and the packet lines of debug call an SA's progress."""

    MM_NO_STATE = "MM_NO_STATE"
    MM_SA_SETUP = "MM_SA_SETUP"
    MM_KEY_EXCH = "MM_KEY_EXCH"
    AG_NO_STATE = "AG_NO_STATE"
    AG_INIT_EXCH = "AG_INIT_EXCH"
    AG_AUTH = "AG_AUTH"
    CONF_XAUTH = "CONF_XAUTH"
    CONF_ADDR = "CONF_ADDR"
    QM_IDLE = "QM_IDLE"


class Input(Enum):
    """Where it comes from, and what it is; a third word tells apart what IOS calls the same."""

    __hash__ = object.__hash__  # each is one object, and half of a key of MOVES

    SA_REQUEST = ("IKE_MESG_FROM_IPSEC", "IKE_SA_REQ_MM")
    MM_EXCHANGE = ("IKE_MESG_FROM_PEER", "IKE_MM_EXCH")
    SA_REQUEST_AGGRESSIVE = ("IKE_MESG_FROM_IPSEC", "IKE_SA_REQ_AM")
    AM_EXCHANGE = ("IKE_MESG_FROM_PEER", "IKE_AM_EXCH")
    PRESHARED_KEY_REPLY = ("IKE_MESG_FROM_AAA", "PRESHARED_KEY_REPLY")
    PROCESS_MAIN_MODE = ("IKE_MESG_INTERNAL", "IKE_PROCESS_MAIN_MODE")
    PROCESS_COMPLETE = ("IKE_MESG_INTERNAL", "IKE_PROCESS_COMPLETE")
    PROCESS_ERROR = ("IKE_MESG_INTERNAL", "IKE_PROCESS_ERROR")
    PHASE1_COMPLETE = ("IKE_MESG_INTERNAL", "IKE_PHASE1_COMPLETE")
    PHASE1_COMPLETE_XAUTH = ("IKE_MESG_INTERNAL", "IKE_PHASE1_COMPLETE", "Xauth follows")
    PHASE1_COMPLETE_PUSH = ("IKE_MESG_INTERNAL", "IKE_PHASE1_COMPLETE", "an address is pushed")
    PHASE1_COMPLETE_PULL = ("IKE_MESG_INTERNAL", "IKE_PHASE1_COMPLETE", "an address is asked for")
    CFG_REQUEST = ("IKE_MESG_FROM_PEER", "IKE_CFG_REQUEST")
    XAUTH_REQUEST = ("IKE_MESG_FROM_PEER", "IKE_CFG_REQUEST", "Xauth")
    CFG_REPLY = ("IKE_MESG_FROM_PEER", "IKE_CFG_REPLY")
    CFG_SET = ("IKE_MESG_FROM_PEER", "IKE_CFG_SET")
    CFG_ACK = ("IKE_MESG_FROM_PEER", "IKE_CFG_ACK")
    XAUTH_REPLY_ATTR = ("IKE_MESG_INTERNAL", "IKE_XAUTH_REPLY_ATTR")
    AAA_LOGIN_OVER = ("IKE_MESG_FROM_AAA", "IKE_AAA_CONT_LOGIN")
    AAA_LOGIN_AGAIN = ("IKE_MESG_FROM_AAA", "IKE_AAA_CONT_LOGIN", "the user is asked again")
    AAA_GROUP_ATTR = ("IKE_MESG_FROM_AAA", "IKE_AAA_GROUP_ATTR")
    PHASE1_DELETED = ("IKE_MESG_INTERNAL", "IKE_PHASE1_DEL")
    INFO_DELETE = ("IKE_MESG_FROM_PEER", "IKE_INFO_DELETE")
    INIT_QM = ("IKE_MESG_INTERNAL", "IKE_INIT_QM")
    QM_EXCHANGE = ("IKE_MESG_FROM_PEER", "IKE_QM_EXCH")
    GOT_SPI = ("IKE_MESG_INTERNAL", "IKE_GOT_SPI")

    @property
    def words(self) -> tuple[str, str]:
        """As IOS prints it."""
        return self.value[0], self.value[1]


_S, _I = State, Input
_ESTABLISHED = (
    _S.P1_COMPLETE,
    _S.XAUTH_REQ_SENT,
    _S.XAUTH_AAA_AWAIT,
    _S.XAUTH_SET_SENT,
    _S.XAUTH_REPLY_AWAIT,
    _S.XAUTH_REPLY_SENT,
    _S.CONFIG_AAA_AWAIT,
    _S.CONFIG_SET_SENT,
    _S.CONFIG_REQ_SENT,
)

MOVES: Mapping[tuple[State, Input], State] = {
    # main mode, initiator
    (_S.READY, _I.SA_REQUEST): _S.I_MM1,
    (_S.I_MM1, _I.MM_EXCHANGE): _S.I_MM2,
    (_S.I_MM2, _I.PROCESS_MAIN_MODE): _S.I_MM2,
    (_S.I_MM2, _I.PROCESS_COMPLETE): _S.I_MM3,
    (_S.I_MM2, _I.PROCESS_ERROR): _S.I_MM1,
    (_S.I_MM3, _I.MM_EXCHANGE): _S.I_MM4,
    (_S.I_MM4, _I.PROCESS_MAIN_MODE): _S.I_MM4,
    (_S.I_MM4, _I.PROCESS_COMPLETE): _S.I_MM5,
    (_S.I_MM4, _I.PROCESS_ERROR): _S.I_MM3,
    (_S.I_MM5, _I.MM_EXCHANGE): _S.I_MM6,
    (_S.I_MM6, _I.PROCESS_MAIN_MODE): _S.I_MM6,
    (_S.I_MM6, _I.PROCESS_COMPLETE): _S.P1_COMPLETE,
    (_S.I_MM6, _I.PROCESS_ERROR): _S.I_MM5,
    # main mode, responder
    (_S.READY, _I.MM_EXCHANGE): _S.R_MM1,
    (_S.R_MM1, _I.PROCESS_MAIN_MODE): _S.R_MM1,
    (_S.R_MM1, _I.PROCESS_COMPLETE): _S.R_MM2,
    (_S.R_MM1, _I.PROCESS_ERROR): _S.READY,
    (_S.R_MM2, _I.MM_EXCHANGE): _S.R_MM3,
    (_S.R_MM3, _I.PROCESS_MAIN_MODE): _S.R_MM3,
    (_S.R_MM3, _I.PROCESS_COMPLETE): _S.R_MM4,
    (_S.R_MM3, _I.PROCESS_ERROR): _S.R_MM2,
    (_S.R_MM4, _I.MM_EXCHANGE): _S.R_MM5,
    (_S.R_MM5, _I.PROCESS_MAIN_MODE): _S.R_MM5,
    (_S.R_MM5, _I.PROCESS_COMPLETE): _S.P1_COMPLETE,
    (_S.R_MM5, _I.PROCESS_ERROR): _S.R_MM4,
    # aggressive mode
    (_S.READY, _I.SA_REQUEST_AGGRESSIVE): _S.I_AM1,
    (_S.I_AM1, _I.AM_EXCHANGE): _S.P1_COMPLETE,
    (_S.READY, _I.AM_EXCHANGE): _S.R_AM_AAA_AWAIT,
    (_S.R_AM_AAA_AWAIT, _I.PRESHARED_KEY_REPLY): _S.R_AM2,
    (_S.R_AM_AAA_AWAIT, _I.PROCESS_ERROR): _S.READY,
    (_S.R_AM2, _I.PROCESS_ERROR): _S.READY,
    (_S.R_AM2, _I.AM_EXCHANGE): _S.P1_COMPLETE,
    # an established ISAKMP SA
    (_S.P1_COMPLETE, _I.PHASE1_COMPLETE): _S.P1_COMPLETE,
    # Xauth: who asks, and who is asked
    (_S.P1_COMPLETE, _I.PHASE1_COMPLETE_XAUTH): _S.XAUTH_REQ_SENT,
    (_S.XAUTH_REQ_SENT, _I.CFG_REPLY): _S.XAUTH_AAA_AWAIT,
    (_S.XAUTH_AAA_AWAIT, _I.AAA_LOGIN_AGAIN): _S.XAUTH_REQ_SENT,
    (_S.XAUTH_AAA_AWAIT, _I.AAA_LOGIN_OVER): _S.XAUTH_SET_SENT,
    (_S.XAUTH_SET_SENT, _I.CFG_ACK): _S.P1_COMPLETE,
    (_S.P1_COMPLETE, _I.XAUTH_REQUEST): _S.XAUTH_REPLY_AWAIT,
    (_S.XAUTH_REPLY_SENT, _I.XAUTH_REQUEST): _S.XAUTH_REPLY_AWAIT,
    (_S.XAUTH_REPLY_AWAIT, _I.XAUTH_REPLY_ATTR): _S.XAUTH_REPLY_SENT,
    (_S.XAUTH_REPLY_SENT, _I.CFG_SET): _S.P1_COMPLETE,
    # mode config: who is asked or pushes, and who asks or is pushed to
    (_S.P1_COMPLETE, _I.CFG_REQUEST): _S.CONFIG_AAA_AWAIT,
    (_S.CONFIG_AAA_AWAIT, _I.AAA_GROUP_ATTR): _S.P1_COMPLETE,
    (_S.P1_COMPLETE, _I.PHASE1_COMPLETE_PUSH): _S.CONFIG_SET_SENT,
    (_S.CONFIG_SET_SENT, _I.CFG_ACK): _S.P1_COMPLETE,
    (_S.CONFIG_SET_SENT, _I.CFG_REQUEST): _S.CONFIG_AAA_AWAIT,
    (_S.P1_COMPLETE, _I.PHASE1_COMPLETE_PULL): _S.CONFIG_REQ_SENT,
    (_S.CONFIG_REQ_SENT, _I.CFG_REPLY): _S.P1_COMPLETE,
    (_S.CONFIG_REQ_SENT, _I.CFG_SET): _S.P1_COMPLETE,
    (_S.P1_COMPLETE, _I.CFG_SET): _S.P1_COMPLETE,
    # its end
    **{(state, _I.PHASE1_DELETED): _S.DEST_SA for state in _ESTABLISHED},
    (_S.P1_COMPLETE, _I.INFO_DELETE): _S.DEST_SA,
    # quick mode
    (_S.QM_READY, _I.INIT_QM): _S.QM_I_QM1,
    (_S.QM_I_QM1, _I.QM_EXCHANGE): _S.QM_PHASE2_COMPLETE,
    (_S.QM_READY, _I.QM_EXCHANGE): _S.QM_SPI_STARVE,
    (_S.QM_SPI_STARVE, _I.GOT_SPI): _S.QM_R_QM2,
    (_S.QM_R_QM2, _I.QM_EXCHANGE): _S.QM_PHASE2_COMPLETE,
}


def after(state: State, happened: Input) -> State:
    """Where `happened` leads from `state`; raises `MisuseError` for a move that the table does not hold."""
    new = MOVES.get((state, happened))
    if new is None:
        raise MisuseError(f"no move from {state} on {happened.words[1]}")
    return new
