"""What operators of the server say."""

from tests.torture.reference.arguments import (
    USUAL_COUNT,
    Request,
    end,
    mask_of,
    needed,
    needed_text,
    new_nick,
    nick_only,
    nothing,
    number_of,
    reason_of,
    refuse,
    terms_of,
    word_of,
)


def _word_only(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = needed(rest)
        return end(rest, (kind, word))

    return parse


def _oper(is_operator: bool):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        word, rest = needed(rest)
        return end(rest, ("SetOperator", new_nick(word), is_operator))

    return parse


def _server_ban(rest: str) -> Request:
    mask, rest = mask_of(rest)
    return ("ServerBan", mask, terms_of(rest))


def _mask_only(kind: str):  # type: ignore[no-untyped-def]
    def parse(rest: str) -> Request:
        mask, rest = mask_of(rest)
        return end(rest, (kind, mask))

    return parse


def _server_set(rest: str) -> Request:
    key, rest = word_of(rest)
    if not key:
        return ("ShowServer",)
    value, rest = needed(rest)
    found = {
        ("sign-ups", "open"): (True, None), ("sign-ups", "closed"): (False, None),
        ("registered-only", "yes"): (None, True), ("registered-only", "no"): (None, False),
    }.get((key.lower(), value.lower())) or refuse("usage")  # fmt: skip
    return end(rest, ("SetServer", *found))


def _kill(rest: str) -> Request:
    word, rest = needed(rest)
    return ("Kill", new_nick(word), reason_of(rest))


def _audit(rest: str) -> Request:
    words = [word for word in rest.split(" ") if word]
    count = USUAL_COUNT
    if words and words[0].lower() != "before":
        count = number_of(words.pop(0))
    if count < 1 or len(words) not in (0, 2) or (words and words[0].lower() != "before"):
        refuse("usage")
    return ("ReadAudit", count, number_of(words[1]) if words else None)


PARSERS = {
    "claim": _word_only("Claim"), "oper": _oper(True), "deoper": _oper(False),
    "operators": nothing("ListOperators"), "server-ban": _server_ban,
    "server-tryban": _mask_only("TryServerBan"), "server-unban": _mask_only("ServerUnban"),
    "server-bans": nothing("ListServerBans"), "server-set": _server_set,
    "where": nick_only("Locate"), "kill": _kill,
    "announce": lambda rest: ("Announce", needed_text(rest)), "audit": _audit,
    "reload": nothing("Reload"), "shutdown": lambda rest: ("ShutDown", reason_of(rest)),
}  # fmt: skip
