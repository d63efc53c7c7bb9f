"""Rules for the SSH public keys of an account.

One key may be that of several accounts: who comes with it says a name as well. To refuse a
key that another account has would tell everybody whose it is, since public keys are public,
and would let whoever comes first keep its owner from using it.
"""

from chatsvc.core.commands import AddKey, ListKeys, RemoveKey
from chatsvc.core.events import Event, KeyAdded, KeyRemoved
from chatsvc.core.keys import keys_called, stored_key, with_key
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


RULES = {
    AddKey: Rule(_answer_add, _decide_add),
    ListKeys: Rule(_answer_list, _check_owner),
    RemoveKey: Rule(_answer_remove, _decide_remove),
}
