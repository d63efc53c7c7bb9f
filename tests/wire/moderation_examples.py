"""Moderation in lines: examples of its requests, and what hypothesis draws of it."""

from typing import Any

from hypothesis import strategies as st

from chatsvc.core import commands as c
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import Refusal
from chatsvc.core.kinds import Door, History, Keeping, Kind
from chatsvc.core.limits import REASON_LENGTH
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import FAVOURS, Means, Sanction, Terms
from tests.core.strategies import counts, nicks, optional_texts, room_names, texts, times

ANN, DEN = Nick("ann"), RoomName("den")
BOB, SPAM, NET = map(parse_mask, ("bob", "~spam*", "192.0.2.0/24"))
HOUR = 3600

EXAMPLES: dict[str, list[tuple[str, c.Command]]] = {
    "invite": [("den ann", c.Invite(DEN, ANN))],
    "uninvite": [("den ann", c.Uninvite(DEN, ANN))],
    "kick": [("den ann", c.Kick(DEN, ANN)), ("den ann go away", c.Kick(DEN, ANN, "go away"))],
    "ban": [
        ("den bob", c.Ban(DEN, BOB)),
        ("den bob perm", c.Ban(DEN, BOB)),
        ("den BOB 2h", c.Ban(DEN, BOB, Terms(2 * HOUR))),
        ("den bob 2h spam and more", c.Ban(DEN, BOB, Terms(2 * HOUR, "spam and more"))),
        ("den ~spam* no more", c.Ban(DEN, SPAM, Terms(None, "no more"))),
        ("den 192.0.2.77/24 1d", c.Ban(DEN, NET, Terms(24 * HOUR))),
    ],
    "tryban": [("den 192.0.2.0/24", c.TryBan(DEN, NET))],
    "unban": [("den bob", c.Unban(DEN, BOB))],
    "bans": [("den", c.ListSanctions(DEN, Means.BAN))],
    "mute": [
        ("den bob", c.Mute(DEN, BOB)),
        ("den bob 30m too loud", c.Mute(DEN, BOB, Terms(HOUR // 2, "too loud"))),
    ],
    "unmute": [("den bob", c.Unmute(DEN, BOB))],
    "mutes": [("den", c.ListSanctions(DEN, Means.MUTE))],
    **{
        verb: [example]
        for means in FAVOURS
        for verb, example in (
            (means.value, ("den bob", c.Favour(DEN, BOB, means))),
            (f"un{means.value}", ("den bob", c.Unfavour(DEN, BOB, means))),
            (f"{means.value}s", ("den", c.ListSanctions(DEN, means))),
        )
    },
    "voice": [("den ann", c.SetVoice(DEN, ANN, True))],
    "devoice": [("den ann", c.SetVoice(DEN, ANN, False))],
    "op": [("den ann", c.SetRole(DEN, ANN, Role.MODERATOR))],
    "deop": [("den ann", c.SetRole(DEN, ANN, Role.MEMBER))],
    "owner": [("den ann", c.SetRole(DEN, ANN, Role.OWNER))],
    "resign": [("den", c.StepDown(DEN))],
    "set": [
        ("den", c.ShowSettings(DEN)),
        ("den KIND unlisted", c.ChangeSetting(DEN, "kind", "unlisted")),
        ("den history members from 1", c.ChangeSetting(DEN, "history", "members from 1")),
        ("den kind password two words", c.SetRoomPassword(DEN, "two words")),
    ],
}
"""For each verb, arguments and the command they make."""

MISUSES: dict[str, list[str]] = {
    "invite": ["", "den", "den ann bob"],
    "uninvite": ["", "den", "den ann bob"],
    "kick": ["", "den"],
    "ban": ["", "den"],
    "tryban": ["", "den", "den bob 2h"],
    "unban": ["", "den", "den bob 2h"],
    "bans": ["", "den bob"],
    "mute": ["", "den"],
    "unmute": ["", "den", "den bob 2h"],
    "mutes": ["", "den bob"],
    **{
        verb: misuses
        for means in FAVOURS
        for verb, misuses in (
            (means.value, ["", "den", "den bob 2h"]),
            (f"un{means.value}", ["", "den", "den bob 2h"]),
            (f"{means.value}s", ["", "den bob"]),
        )
    },
    "voice": ["", "den", "den ann bob"],
    "devoice": ["", "den", "den ann bob"],
    "op": ["", "den", "den ann bob"],
    "deop": ["", "den", "den ann bob"],
    "owner": ["", "den", "den ann bob"],
    "resign": ["", "den ann"],
    "set": ["", "den kind"],
}
"""For each verb, arguments that do not fit its syntax."""


def _masks() -> st.SearchStrategy[Any]:
    words = st.one_of(
        nicks.map("@{}".format),
        nicks.map("~{}".format),
        nicks.map("@{}*".format),
        st.sampled_from(["*", "~*", "?ob", "$guest", "192.0.2.7", "192.0.2.0/24", "2001:db8::/32"]),
    )
    return words.filter(_is_mask).map(parse_mask)


def _is_mask(word: str) -> bool:
    try:
        parse_mask(word)
    except Refusal:
        return False
    return True


masks = _masks()
reasons = st.just("") | (
    texts.map(lambda text: text.strip(" ")).filter(lambda text: 0 < len(text) <= REASON_LENGTH)
)
terms = st.builds(Terms, st.none() | st.integers(1, 365 * 24 * 60).map(lambda n: n * 60), reasons)
ends = st.none() | times.filter(bool)
sanctions = st.builds(Sanction, masks, nicks, times, ends, reasons)
means = st.sampled_from(Means)
roles = st.sampled_from(Role)
kinds = st.builds(
    Kind,
    listed=st.booleans(),
    door=st.sampled_from(Door),
    announce=st.booleans(),
    history=st.sampled_from(History),
    open_after=st.integers(0, 10**9),
    keeping=st.builds(
        Keeping, st.integers(0, 3650).map(lambda days: days * 24 * HOUR), st.integers(0, 10**9)
    ),
    topic_kept=st.booleans(),
    outsiders=st.booleans(),
    most_members=st.integers(0, 1_000_000),
    plain=st.booleans(),
)
settings = st.sampled_from(
    [
        ("kind", "public"),
        ("kind", "invite-only"),
        ("listed", "no"),
        ("announce", "yes"),
        ("history", "joined"),
        ("history", "members from 7"),
        ("keep", "30d 1000"),
        ("door", "invite-only"),
        ("topic", "moderators"),
        ("outsiders", "yes"),
        ("most", "7"),
        ("plain", "no"),
    ]
)
passwords = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=80)

COMMANDS: dict[type[Any], st.SearchStrategy[Any]] = {
    c.Kick: st.builds(c.Kick, room_names, nicks, optional_texts),
    c.Ban: st.builds(c.Ban, room_names, masks, terms),
    c.Unban: st.builds(c.Unban, room_names, masks),
    c.Mute: st.builds(c.Mute, room_names, masks, terms),
    c.Unmute: st.builds(c.Unmute, room_names, masks),
    c.Favour: st.builds(c.Favour, room_names, masks, st.sampled_from(FAVOURS)),
    c.Unfavour: st.builds(c.Unfavour, room_names, masks, st.sampled_from(FAVOURS)),
    c.TryBan: st.builds(c.TryBan, room_names, masks),
    c.ListSanctions: st.builds(c.ListSanctions, room_names, means),
    c.SetRole: st.builds(
        c.SetRole, room_names, nicks, st.sampled_from([Role.MEMBER, Role.MODERATOR, Role.OWNER])
    ),
    c.SetVoice: st.builds(c.SetVoice, room_names, nicks, st.booleans()),
    c.StepDown: st.builds(c.StepDown, room_names),
    c.ShowSettings: st.builds(c.ShowSettings, room_names),
    c.ChangeSetting: st.builds(
        lambda room, setting: c.ChangeSetting(room, *setting), room_names, settings
    ),
    c.SetRoomPassword: st.builds(c.SetRoomPassword, room_names, passwords),
    c.Invite: st.builds(c.Invite, room_names, nicks),
    c.Uninvite: st.builds(c.Uninvite, room_names, nicks),
}

EVENTS: dict[type[Any], st.SearchStrategy[Any]] = {
    e.Kicked: st.builds(e.Kicked, room_names, nicks, nicks, reasons, st.booleans()),
    e.SanctionLaid: st.builds(e.SanctionLaid, room_names, means, sanctions, st.just(0)),
    e.SanctionLifted: st.builds(
        e.SanctionLifted, room_names, times, st.none() | nicks, means, masks, st.just(0)
    ),
    e.RoleSet: st.builds(e.RoleSet, room_names, times, st.none() | nicks, nicks, roles, st.just(0)),
    e.Ranked: st.builds(
        lambda room, at, nick, name, role: e.Ranked(room, at, nick, name, role),
        room_names,
        times,
        nicks,
        nicks,
        roles,
    ),
    e.RoomSet: st.builds(e.RoomSet, room_names, times, nicks, kinds, st.just(0)),
    e.Called: st.builds(e.Called, room_names, nicks, nicks, times),
}


def _few(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(rows, max_size=4).map(tuple)


REPLIES: dict[type[Any], st.SearchStrategy[Any]] = {
    r.PutOut: st.builds(r.PutOut, room_names, nicks),
    r.SanctionIs: st.builds(r.SanctionIs, room_names, means, masks, ends, counts),
    r.SanctionGone: st.builds(r.SanctionGone, room_names, means, masks),
    r.SanctionList: st.builds(r.SanctionList, room_names, means, _few(sanctions)),
    r.WouldHit: st.builds(
        r.WouldHit, room_names, masks, _few(st.builds(r.Hit, nicks, st.booleans()))
    ),
    r.RoleIs: st.builds(r.RoleIs, room_names, nicks, roles),
    r.Settings: st.builds(r.Settings, room_names, kinds),
    r.InvitationGiven: st.builds(r.InvitationGiven, room_names, nicks),
    r.InvitationGone: st.builds(r.InvitationGone, room_names, nicks),
}

# The exact bytes

AT, TIME = 1_795_168_800_123, "2026-11-20T10:00:00.123Z"
LATER, LATER_TIME = AT + 60_000, "2026-11-20T10:01:00.123Z"
EVE = Nick("eve")
FOR_A_WHILE = Sanction(BOB, ANN, AT, LATER, "too loud")
FOR_GOOD = Sanction(NET, ANN, AT)
SECRET = Kind(False, Door.PASSWORD, "$hash", True, History.MEMBERS, 41, Keeping(30 * 24 * HOUR, 9))
ALL_SET = "kind password, listed no, announce yes, history members from 42, keep 30d 9, "
ALL_SET += "topic members, outsiders no, most all, plain no"

REPLY_FORMS: list[tuple[r.Reply, list[str]]] = [
    (r.PutOut(DEN, ANN), ["+ kicked den ann"]),
    (
        r.SanctionIs(DEN, Means.BAN, BOB, LATER, 1),
        [f"+ banned den bob {LATER_TIME} 1"],
    ),
    (r.SanctionIs(DEN, Means.MUTE, NET, None, 0), ["+ muted den 192.0.2.0/24 - 0"]),
    (r.SanctionGone(DEN, Means.BAN, BOB), ["+ unbanned den bob"]),
    (r.SanctionGone(DEN, Means.MUTE, SPAM), ["+ unmuted den ~spam*"]),
    (r.SanctionList(DEN, Means.MUTE, ()), ["+ mutes den 0"]),
    (
        r.SanctionList(DEN, Means.BAN, (FOR_A_WHILE, FOR_GOOD)),
        [
            f"= ban den bob {LATER_TIME} {TIME} ann too loud",
            f"= ban den 192.0.2.0/24 - {TIME} ann",
            "+ bans den 2",
        ],
    ),
    (
        r.WouldHit(DEN, SPAM, (r.Hit(ANN, True), r.Hit(EVE, False))),
        ["= hit den ann inside", "= hit den eve absent", "+ tryban den ~spam* 2"],
    ),
    (r.RoleIs(DEN, ANN, Role.MODERATOR), ["+ role den ann moderator"]),
    (
        r.Settings(DEN, SECRET),
        [
            "= set den kind password",
            "= set den listed no",
            "= set den announce yes",
            "= set den history members from 42",
            "= set den keep 30d 9",
            "= set den topic members",
            "= set den outsiders no",
            "= set den most all",
            "= set den plain no",
            "+ set den",
        ],
    ),
    (r.InvitationGiven(DEN, ANN), ["+ invited den ann"]),
    (r.InvitationGone(DEN, ANN), ["+ uninvited den ann"]),
]

EVENT_FORMS: list[tuple[e.Event, str]] = [
    (e.Kicked(DEN, EVE, ANN), "* kicked den eve ann kicked"),
    (e.Kicked(DEN, EVE, ANN, "too loud", True, 0, 7), "* kicked den eve ann banned too loud"),
    (
        e.SanctionLaid(DEN, Means.BAN, FOR_A_WHILE, 1),
        f"* banned den bob {LATER_TIME} {TIME} ann too loud",
    ),
    (e.SanctionLaid(DEN, Means.MUTE, FOR_GOOD, 1), f"* muted den 192.0.2.0/24 - {TIME} ann"),
    (e.SanctionLifted(DEN, AT, ANN, Means.BAN, BOB, 1), f"* unbanned den bob {TIME} ann"),
    (e.SanctionLifted(DEN, AT, None, Means.MUTE, BOB, 1), f"* unmuted den bob {TIME} -"),
    (e.RoleSet(DEN, AT, ANN, EVE, Role.VOICED, 1), f"* role den {TIME} eve voiced ann"),
    (e.RoleSet(DEN, AT, None, EVE, Role.OWNER, 1), f"* role den {TIME} eve owner -"),
    (
        e.Ranked(DEN, AT, ANN, EVE, Role.MEMBER, is_voiced=True),
        f"* ranked den {TIME} eve voiced ann",
    ),
    (e.RoomSet(DEN, AT, ANN, SECRET, 1), f"* set den {TIME} ann {ALL_SET}"),
    (e.Called(DEN, EVE, ANN, AT, (7,)), f"* invited den {TIME} eve ann"),
]
