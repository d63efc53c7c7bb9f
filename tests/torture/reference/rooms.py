"""Rooms, and what their moderators and owners say."""

from tests.torture.reference import rules
from tests.torture.reference.arguments import (
    Request,
    cut,
    end,
    mask_of,
    name_of,
    needed,
    new_nick,
    nothing,
    number_of,
    optional_text,
    reason_of,
    refuse,
    room_of,
    room_only,
    room_perhaps,
    terms_of,
    word_of,
)


def _join(rest: str) -> Request:
    first, rest = word_of(rest)
    second, rest = word_of(rest)
    if first.lower() == "since" and second and second.lower() != "since":
        return end(rest, ("JoinRoom", None, number_of(second)))
    room = name_of(first, "bad-room") if first else None
    if not second:
        return end(rest, ("JoinRoom", room, None))
    since = None
    if second.lower() == "since":
        number, rest = needed(rest)
        since = number_of(number)
        second, rest = word_of(rest)
    if not second:
        return end(rest, ("JoinRoom", room, since))
    if second.lower() != "password" or room is None:
        refuse("usage")
    password = rest.strip(" ")
    if not password:
        refuse("usage")
    return ("JoinWithPassword", room, password, since)


def _rename(rest: str) -> Request:
    room, rest = room_of(rest)
    new, rest = room_of(rest)
    return ("RenameRoom", room, new, reason_of(rest))


def _shown_or_set(show: str, change: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = room_of(rest)
        text = optional_text(rest)
        return (change, room, "" if text == "-" else text) if text else (show, room)

    return parse


def _room_and_nick(kind: str, *more: object):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = room_of(rest)
        word, rest = needed(rest)
        return end(rest, (kind, room, new_nick(word), *more))

    return parse


def _kick(rest: str) -> Request:
    room, rest = room_of(rest)
    word, rest = needed(rest)
    return ("Kick", room, new_nick(word), optional_text(rest))


def _sanction(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = room_of(rest)
        mask, rest = mask_of(rest)
        return (kind, room, mask, terms_of(rest))

    return parse


def _room_and_mask(kind: str, *more: object):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = room_of(rest)
        mask, rest = mask_of(rest)
        return end(rest, (kind, room, mask, *more))

    return parse


def _sanctions(means: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        room, rest = room_of(rest)
        return end(rest, ("ListSanctions", room, means))

    return parse


def _set(rest: str) -> Request:
    room, rest = room_of(rest)
    key, rest = word_of(rest)
    if not key:
        return ("ShowSettings", room)
    key, value = key.lower(), rest.strip(" ") or refuse("usage")
    word, rest = cut(value)
    if key == "kind" and word.lower() == "password":
        password = rest.strip(" ")
        return ("SetRoomPassword", room, password) if rules.is_password(password) else _no()
    return ("ChangeSetting", room, key, value) if rules.is_setting(key, value) else _no()


def _no() -> Request:
    return refuse("usage")


FAVOURS = {
    parser: parse
    for means in ("spare", "hear", "admit")
    for parser, parse in {
        means: _room_and_mask("Favour", means), f"un{means}": _room_and_mask("Unfavour", means),
        f"{means}s": _sanctions(means),
    }.items()
}  # fmt: skip

PARSERS = {
    "create": room_only("CreateRoom"), "join": _join, "list": nothing("ListRooms"),
    "info": room_only("DescribeRoom"), "delete": room_only("DeleteRoom"),
    "rename": _rename, "leave": room_only("LeaveRoom", ""), "who": room_perhaps("ListUsers"),
    "topic": _shown_or_set("ShowTopic", "SetTopic"),
    "welcome": _shown_or_set("ShowWelcome", "SetWelcome"),
    "invite": _room_and_nick("Invite"), "uninvite": _room_and_nick("Uninvite"), "kick": _kick,
    "ban": _sanction("Ban"), "tryban": _room_and_mask("TryBan"), "unban": _room_and_mask("Unban"),
    "bans": _sanctions("ban"), "mute": _sanction("Mute"), "unmute": _room_and_mask("Unmute"),
    "mutes": _sanctions("mute"), "voice": _room_and_nick("SetVoice", True),
    "devoice": _room_and_nick("SetVoice", False), "op": _room_and_nick("SetRole", "moderator"),
    "deop": _room_and_nick("SetRole", "member"), "owner": _room_and_nick("SetRole", "owner"),
    "resign": room_only("StepDown"), "set": _set, **FAVOURS,
}  # fmt: skip
