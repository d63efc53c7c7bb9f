"""Memberships that begin and end: with each, the stays of the account in the room change.

What becomes of stays is what `core.stays` makes of them, so they are read, changed and
written back, inside the transaction of the append.
"""

import sqlite3

from chatsvc.core.events import MembershipEnded, MembershipKept
from chatsvc.core.limits import FORMER_MEMBERS_KEPT
from chatsvc.core.masks import Form, text_for
from chatsvc.core.names import NickKey, nick_key
from chatsvc.core.stays import NO_STAYS, Stays
from chatsvc.storage import statements
from chatsvc.storage.encoding import stays_as_text, stays_of


def keep(connection: sqlite3.Connection, event: MembershipKept) -> None:
    """Let a membership last, if account and room are there and it does not yet."""
    account = nick_key(event.name)
    membership = (event.at, event.position, account, event.room_id)
    if connection.execute(statements.KEEP_MEMBERSHIP, membership).rowcount < 1:
        return
    invitation = text_for(Form.ACCOUNT, account)
    connection.execute(statements.TAKE_INVITATION_BACK, (event.room_id, invitation))
    stays = _stays(connection, account, event.room_id).begun(event.after)
    row = (account, event.room_id, stays_as_text(stays))
    connection.execute(statements.PUT_STAYS_OF_MEMBER, row)


def end(connection: sqlite3.Connection, event: MembershipEnded) -> None:
    """Let a membership last no longer; remember `FORMER_MEMBERS_KEPT` former members."""
    account, room_id = nick_key(event.name), event.room_id
    if connection.execute(statements.END_MEMBERSHIP, (account, room_id)).rowcount < 1:
        return
    stays = _stays(connection, account, room_id).ended(event.until)
    if not stays.stays:
        connection.execute(statements.DROP_STAYS_IN, (account, room_id))
        return
    row = (account, room_id, stays_as_text(stays), room_id)
    connection.execute(statements.PUT_STAYS_OF_FORMER, row)
    connection.execute(statements.FORGET_FORMER, (room_id, room_id, FORMER_MEMBERS_KEPT))


def _stays(connection: sqlite3.Connection, account: NickKey, room_id: int) -> Stays:
    found = connection.execute(statements.STAYS_OF, (account, room_id)).fetchone()
    return NO_STAYS if found is None else stays_of(found[0])
