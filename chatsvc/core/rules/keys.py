"""Rules for the keys of an account: SSH public keys, and certificates.

One key may be that of several accounts: who comes with it says a name as well. To refuse a
key that another account has would tell everybody whose it is, since public keys are public,
and would let whoever comes first keep its owner from using it.
"""

from chatsvc.core.commands import AddKey, ListKeys, RemoveKey, ShowCertificate
from chatsvc.core.errors import BadLogin
from chatsvc.core.events import Event, KeyAdded, KeyRemoved
from chatsvc.core.keys import keys_called, stored_key, with_key
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.people import Session
from chatsvc.core.replies import KeyGone, KeyKept, KeyList, KeySummary
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, account_of


def _decide_add(state: State, session: Session, command: AddKey, now: int) -> tuple[Event, ...]:
    account, key = account_of(session), stored_key(command.key)
    with_key(account.keys, key, state.limits.keys_per_account)
    return (KeyAdded(account.name, now, key.line),)


def _answer_add(
    _state: State, _session: Session, command: AddKey, _events: tuple[Event, ...]
) -> KeyKept:
    return KeyKept(stored_key(command.key).fingerprint)


def _check_owner(
    _state: State, session: Session, _command: ListKeys, _now: int
) -> tuple[Event, ...]:
    account_of(session)
    return ()


def _answer_list(
    _state: State, session: Session, _command: ListKeys, _events: tuple[Event, ...]
) -> KeyList:
    keys = map(stored_key, account_of(session).keys)
    return KeyList(
        tuple(
            KeySummary(place, key.fingerprint, key.kind, key.comment)
            for place, key in enumerate(keys, 1)
        )
    )


def _decide_remove(
    _state: State, session: Session, command: RemoveKey, now: int
) -> tuple[Event, ...]:
    account = account_of(session)
    called = keys_called(account.keys, command.key)
    return tuple(KeyRemoved(account.name, now, line) for line in called)


def _answer_remove(
    _state: State, _session: Session, _command: RemoveKey, events: tuple[Event, ...]
) -> KeyGone:
    removed = next(event for event in events if isinstance(event, KeyRemoved))
    return KeyGone(stored_key(removed.key).fingerprint)


def owner_shown(state: State, session: Session, command: ShowCertificate) -> Nick:
    """Return the account that a session may log in to by the certificate that it has shown.

    Raises `BadLogin`, the same for a name that nobody has and for one without this certificate.
    """
    if session.certificate is None:
        raise BadLogin("You have shown no certificate; connect with one, by TLS.")
    holders = state.certificates.of(session.certificate)
    asked = command.name or command.preferred
    if asked is not None and nick_key(asked) in holders:
        return state.accounts[nick_key(asked)].name
    if command.name is not None or not holders:
        raise BadLogin("There is no such name with this certificate.")
    if len(holders) > 1:
        raise BadLogin("Several names have this certificate; say which one you mean.")
    return state.accounts[next(iter(holders))].name


RULES = {
    AddKey: Rule(_answer_add, _decide_add),
    ListKeys: Rule(_answer_list, _check_owner),
    RemoveKey: Rule(_answer_remove, _decide_remove),
}
