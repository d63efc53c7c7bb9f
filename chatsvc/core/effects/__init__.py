"""What each event changes: one effect an event, in one table.

    rooms.py       rooms made, removed, trimmed; messages; topic and welcome
    people.py      who comes, goes, is renamed, away, logged in
    accounts.py    accounts and their lasting memberships
    moderation.py  settings, roles, bans and mutes, invitations
    server.py      what operators set
    metadata.py    what users say of themselves, and owners of rooms
    renaming.py    rooms that get another name

A new event is a class in `events` and an effect in one of these modules.
"""

from chatsvc.core.effects import accounts, metadata, moderation, people, renaming, rooms, server
from chatsvc.core.effects.effect import NOBODY, Effects, Recipients

EFFECTS: Effects = {
    **rooms.EFFECTS,
    **people.EFFECTS,
    **accounts.EFFECTS,
    **moderation.EFFECTS,
    **server.EFFECTS,
    **metadata.EFFECTS,
    **renaming.EFFECTS,
}
"""The effect of every event but notices."""

__all__ = ["EFFECTS", "NOBODY", "Recipients"]
