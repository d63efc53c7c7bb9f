"""What becomes of the whole server by an event."""

import attrs

from chatsvc.core.effects.accounts import change, depose
from chatsvc.core.effects.effect import NOBODY, Effects, Recipients
from chatsvc.core.events import (
    Announced,
    Audited,
    Expelled,
    OperatorSet,
    ServerBanLaid,
    ServerBanLifted,
    ServerSet,
    StopAsked,
)
from chatsvc.core.names import nick_key
from chatsvc.core.state import State


def _operator_set(state: State, event: OperatorSet) -> Recipients:
    account = state.accounts.get(nick_key(event.name))
    if account is not None:
        change(state, attrs.evolve(account, is_operator=event.is_operator))
    if not event.is_operator:
        depose(state, event.name)
    return NOBODY


def _server_set(state: State, event: ServerSet) -> Recipients:
    state.server.sign_ups = event.sign_ups
    state.server.registered_only = event.registered_only
    return NOBODY


def _ban_laid(state: State, event: ServerBanLaid) -> Recipients:
    state.server.bans.lay(event.sanction)
    return NOBODY


def _ban_lifted(state: State, event: ServerBanLifted) -> Recipients:
    state.server.bans.lift(event.mask)
    return NOBODY


def _nothing(_state: State, _event: Audited | Announced | Expelled | StopAsked) -> Recipients:
    """Change nothing: the hub does it."""
    return NOBODY


EFFECTS: Effects = {
    OperatorSet: _operator_set,
    ServerSet: _server_set,
    ServerBanLaid: _ban_laid,
    ServerBanLifted: _ban_lifted,
    Audited: _nothing,
    Announced: _nothing,
    Expelled: _nothing,
    StopAsked: _nothing,
}
