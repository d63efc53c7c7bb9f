"""What is said, read again and taken back."""

from tests.torture.reference.arguments import (
    USUAL_COUNT,
    Request,
    end,
    needed,
    needed_text,
    new_nick,
    nick_only,
    nothing,
    number_of,
    place_of,
    refuse,
    room_of,
    room_perhaps,
    text_with_id,
)


def _send(rest: str) -> Request:
    room, rest = room_of(rest)
    return ("Say", room, *text_with_id(rest), None)


def _tell(rest: str) -> Request:
    word, rest = needed(rest)
    nick = new_nick(word)
    return ("Tell", nick, *text_with_id(rest), None)


def _history(rest: str) -> Request:
    room, rest = place_of(rest)
    words = [word for word in rest.split(" ") if word]
    count = USUAL_COUNT
    if words and words[0].lower() not in ("before", "after"):
        count = number_of(words.pop(0))
    if count < 1 or len(words) not in (0, 2):
        refuse("usage")
    if not words:
        return ("ReadHistory", room, count, None, None)
    number, way = number_of(words[1]), words[0].lower()
    if way not in ("before", "after"):
        refuse("usage")
    before, after = (number, None) if way == "before" else (None, number)
    return ("ReadHistory", room, count, before, after)


def _search(rest: str) -> Request:
    room, rest = place_of(rest)
    return ("SearchRoom", room, needed_text(rest))


def _redact(rest: str) -> Request:
    room, rest = place_of(rest)
    word, rest = needed(rest)
    return end(rest, ("Redact", room, number_of(word), ""))


def _edit(rest: str) -> Request:
    room, rest = place_of(rest)
    word, rest = needed(rest)
    return ("Edit", room, number_of(word), needed_text(rest))


PARSERS = {
    "send": _send, "tell": _tell, "ignore": nick_only("Ignore"),
    "unignore": nick_only("Unignore"), "ignored": nothing("ListIgnored"), "history": _history,
    "search": _search, "redact": _redact, "edit": _edit, "talk": room_perhaps("TalkIn"),
}  # fmt: skip
