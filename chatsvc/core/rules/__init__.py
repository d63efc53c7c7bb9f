"""What each command may do: one rule a command, in one table.

    rooms.py    create, join, leave, delete; list, info
    renaming.py rename
    people.py   nick, away, back, who
    direct.py   tell, ignore; what of history, search, redact, edit is about direct messages
    accounts.py register, login, logout, passwd, drop, grant-code, pair; how far somebody has read
    keys.py     keys add, list, remove
    history.py  history by times; up to when somebody has read
    metadata.py what users say of themselves, and owners of rooms
    talk.py     send, talk, history, search, topic, welcome
    signals.py  what is passed on and kept nowhere
    corrections.py   redact, edit
    retention.py   messages whose time has come
    moderation.py    kick, ban, unban, mute, unmute, and who is banned
    roles.py         op, deop, owner, voice, devoice, resign
    settings.py      set
    inviting.py      invite, uninvite
    operating.py     what operators of the server do
    basics.py   ping, help, quit

A new command is a class in `commands`, a rule in one of these modules, and a row in
the table of every way in that offers it.
"""

from typing import Any

from chatsvc.core.rules import (
    accounts,
    basics,
    corrections,
    direct,
    history,
    inviting,
    keys,
    metadata,
    moderation,
    operating,
    people,
    presence,
    renaming,
    retention,
    roles,
    rooms,
    settings,
    signals,
    talk,
)
from chatsvc.core.rules.rule import Rule

RULES: dict[type[Any], Rule] = {
    **rooms.RULES,
    **renaming.RULES,
    **people.RULES,
    **presence.RULES,
    **direct.RULES,
    **accounts.RULES,
    **keys.RULES,
    **talk.RULES,
    **signals.RULES,
    **history.RULES,
    **metadata.RULES,
    **corrections.RULES,
    **retention.RULES,
    **moderation.RULES,
    **roles.RULES,
    **settings.RULES,
    **inviting.RULES,
    **operating.RULES,
    **basics.RULES,
}
"""The rule of every command class."""
