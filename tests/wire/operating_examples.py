"""What operators say and are told, in lines: examples, and what hypothesis draws of it."""

from typing import Any

from hypothesis import strategies as st

from chatsvc.core import commands as c
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import Refusal
from chatsvc.core.limits import HISTORY_DEFAULT, REASON_LENGTH
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.sanctions import Sanction, Terms
from tests.core.strategies import counts, nicks, optional_texts, room_names, texts, times

ANN, BOB, DEN = Nick("ann"), Nick("bob"), RoomName("den")
SPAM, NET = parse_mask("~spam*"), parse_mask("192.0.2.0/24")
AT, TIME = 1_795_168_800_123, "2026-11-20T10:00:00.123Z"
ENTRY = r.AuditEntry(7, e.Audited(AT, ANN, "kill", "bob", None, "no more"))
OWN_ENTRY = r.AuditEntry(8, e.Audited(AT, None, "reload"))
ROOM_ENTRY = r.AuditEntry(9, e.Audited(AT, ANN, "kick", "bob", DEN))

EXAMPLES: dict[str, list[tuple[str, c.Command]]] = {
    "claim": [("AB12-CD34", c.Claim("AB12-CD34"))],
    "oper": [("ann", c.SetOperator(ANN, True))],
    "deoper": [("ann", c.SetOperator(ANN, False))],
    "operators": [("", c.ListOperators())],
    "server-ban": [
        ("~spam*", c.ServerBan(SPAM)),
        ("~SPAM* perm", c.ServerBan(SPAM)),
        ("192.0.2.77/24 2h too much", c.ServerBan(NET, Terms(7200, "too much"))),
        ("~spam* no more", c.ServerBan(SPAM, Terms(None, "no more"))),
    ],
    "server-tryban": [("192.0.2.0/24", c.TryServerBan(NET))],
    "server-unban": [("192.0.2.0/24", c.ServerUnban(NET))],
    "server-bans": [("", c.ListServerBans())],
    "server-set": [
        ("", c.ShowServer()),
        ("sign-ups closed", c.SetServer(sign_ups=False)),
        ("SIGN-UPS Open", c.SetServer(sign_ups=True)),
        ("registered-only yes", c.SetServer(registered_only=True)),
        ("registered-only no", c.SetServer(registered_only=False)),
    ],
    "where": [("ann", c.Locate(ANN))],
    "kill": [("ann", c.Kill(ANN)), ("ann go away", c.Kill(ANN, "go away"))],
    "announce": [("tea is ready", c.Announce("tea is ready"))],
    "audit": [
        ("", c.ReadAudit(HISTORY_DEFAULT)),
        ("5", c.ReadAudit(5)),
        ("before 9", c.ReadAudit(HISTORY_DEFAULT, 9)),
        ("5 BEFORE 9", c.ReadAudit(5, 9)),
    ],
    "reload": [("", c.Reload())],
    "shutdown": [("", c.ShutDown()), ("new disk", c.ShutDown("new disk"))],
}
"""For each verb, arguments and the command they make."""

MISUSES: dict[str, list[str]] = {
    "claim": ["", "two words"],
    "oper": ["", "ann bob"],
    "deoper": ["", "ann bob"],
    "operators": ["now"],
    "server-ban": [""],
    "server-tryban": ["", "bob 2h"],
    "server-unban": ["", "bob 2h"],
    "server-bans": ["now"],
    "server-set": ["tea", "sign-ups", "sign-ups yes", "registered-only", "sign-ups open now"],
    "where": ["", "ann bob"],
    "kill": [""],
    "announce": [""],
    "audit": ["x", "0", "5 9", "before", "before x", "5 after 9", "5 before 9 now"],
    "reload": ["now"],
    "shutdown": [],
}
"""For each verb, arguments that do not fit its syntax."""

REPLY_FORMS: list[tuple[r.Reply, list[str]]] = [
    (r.OperatorIs(ANN, True), ["+ oper ann"]),
    (r.OperatorIs(ANN, False), ["+ deoper ann"]),
    (
        r.OperatorList((r.OperatorSummary(ANN, True), r.OperatorSummary(BOB, False))),
        ["= operator ann here", "= operator bob absent", "+ operators 2"],
    ),
    (r.ServerBanned("bob", None), ["+ server-ban bob -"]),
    (r.ServerBanned("bob", AT), [f"+ server-ban bob {TIME}"]),
    (
        r.ServerWouldHit("b*", (BOB,), 1, 2, 0),
        ["= would-hit bob", "+ server-tryban b* 1 2 0"],
    ),
    (r.ServerUnbanned("bob"), ["+ server-unban bob"]),
    (
        r.ServerBanList((Sanction(SPAM, ANN, AT), Sanction(NET, ANN, AT, AT, "too much"))),
        [
            f"= server-ban ~spam* - {TIME} ann",
            f"= server-ban 192.0.2.0/24 {TIME} {TIME} ann too much",
            "+ server-bans 2",
        ],
    ),
    (r.ServerSettings(True, False), ["+ server-set sign-ups open registered-only no"]),
    (r.ServerSettings(False, True), ["+ server-set sign-ups closed registered-only yes"]),
    (
        r.Whereabouts(
            BOB,
            (
                r.SessionSummary("line", AT, 90, "2001:db8::1"),
                r.SessionSummary("irc", AT, 0, ""),
            ),
        ),
        [
            f"= session line {TIME} 90 2001:db8::1",
            f"= session irc {TIME} 0 -",
            "+ where bob 2",
        ],
    ),
    (r.KillDone(BOB, 2), ["+ kill bob 2"]),
    (r.AnnouncementMade(12), ["+ announce 12"]),
    (
        r.AuditPage((ENTRY, OWN_ENTRY, ROOM_ENTRY)),
        [
            f"= audit 7 {TIME} ann kill bob - no more",
            f"= audit 8 {TIME} - reload - -",
            f"= audit 9 {TIME} ann kick bob den",
            "+ audit 3",
        ],
    ),
    (r.ReloadDone(("It is new.",)), ["= reload It is new.", "+ reload"]),
    (r.StopBegun(), ["+ shutdown"]),
]

EVENT_FORMS: list[tuple[e.Event, str]] = [
    (e.Announced(AT, ANN, "tea is ready"), f"* announce {TIME} ann tea is ready"),
]

NOT_SHOWN: list[e.Event] = [
    e.OperatorSet(ANN, AT, None, True),
    e.ServerSet(AT, ANN, True, False),
    e.ServerBanLaid(Sanction(SPAM, ANN, AT)),
    e.ServerBanLifted(AT, ANN, SPAM),
    e.Audited(AT, ANN, "kill"),
    e.Expelled((1,), "Out."),
    e.StopAsked("new disk"),
]


def _is_reason(text: str) -> bool:
    """Tell whether a text comes back as a reason: no blanks at its ends, and short."""
    return text == text.strip(" ") and len(text) <= REASON_LENGTH


def _is_mask(word: str) -> bool:
    try:
        parse_mask(word)
    except Refusal:
        return False
    return True


reasons = optional_texts.filter(_is_reason)
masks = (
    st.sampled_from(["bob", "~spam*", "$guest", "192.0.2.0/24", "2001:db8::/32", "?*"])
    | nicks.filter(_is_mask)
).map(parse_mask)
terms = st.builds(Terms, st.none() | st.integers(1, 50_000).map(lambda minutes: 60 * minutes),
                  reasons)  # fmt: skip
untils = st.none() | times
sanctions = st.builds(Sanction, masks, nicks, times, untils, reasons)
lines = texts.filter(lambda text: text == text.strip(" "))

COMMANDS: dict[type[Any], st.SearchStrategy[Any]] = {
    c.Claim: st.builds(c.Claim, st.from_regex(r"[0-9A-Z-]{1,19}", fullmatch=True)),
    c.SetOperator: st.builds(c.SetOperator, nicks, st.booleans()),
    c.ListOperators: st.just(c.ListOperators()),
    c.ServerBan: st.builds(c.ServerBan, masks, terms),
    c.TryServerBan: st.builds(c.TryServerBan, masks),
    c.ServerUnban: st.builds(c.ServerUnban, masks),
    c.ListServerBans: st.just(c.ListServerBans()),
    c.SetServer: st.builds(c.SetServer, sign_ups=st.booleans())
    | st.builds(c.SetServer, registered_only=st.booleans()),
    c.ShowServer: st.just(c.ShowServer()),
    c.Locate: st.builds(c.Locate, nicks),
    c.Kill: st.builds(c.Kill, nicks, reasons),
    c.Announce: st.builds(c.Announce, texts),
    c.ReadAudit: st.builds(c.ReadAudit, st.integers(1, 5000), st.none() | counts),
    c.Reload: st.just(c.Reload()),
    c.ShutDown: st.builds(c.ShutDown, reasons),
}

entries = st.builds(
    r.AuditEntry,
    counts,
    st.builds(
        e.Audited,
        times,
        st.none() | nicks,
        st.sampled_from(["kill", "server-ban", "kick"]),
        st.just("") | nicks,
        st.none() | room_names,
        optional_texts,
    ),
)


def _few(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(rows, max_size=4).map(tuple)


hosts = st.sampled_from(["", "192.0.2.1", "2001:db8::1"])

REPLIES: dict[type[Any], st.SearchStrategy[Any]] = {
    r.OperatorIs: st.builds(r.OperatorIs, nicks, st.booleans()),
    r.OperatorList: st.builds(
        r.OperatorList, _few(st.builds(r.OperatorSummary, nicks, st.booleans()))
    ),
    r.ServerBanned: st.builds(r.ServerBanned, masks.map(lambda mask: mask.text), untils),
    r.ServerWouldHit: st.builds(
        r.ServerWouldHit, masks.map(lambda mask: mask.text), _few(nicks), counts, counts, counts
    ),
    r.ServerUnbanned: st.builds(r.ServerUnbanned, masks.map(lambda mask: mask.text)),
    r.ServerBanList: st.builds(r.ServerBanList, _few(sanctions)),
    r.ServerSettings: st.builds(r.ServerSettings, st.booleans(), st.booleans()),
    r.Whereabouts: st.builds(
        r.Whereabouts,
        nicks,
        _few(st.builds(r.SessionSummary, st.sampled_from(["line", "irc"]), times, counts, hosts)),
    ),
    r.KillDone: st.builds(r.KillDone, nicks, counts),
    r.AnnouncementMade: st.builds(r.AnnouncementMade, counts),
    r.AuditPage: st.builds(r.AuditPage, _few(entries)),
    r.ReloadDone: st.builds(r.ReloadDone, _few(lines)),
    r.StopBegun: st.just(r.StopBegun()),
}

EVENTS: dict[type[Any], st.SearchStrategy[Any]] = {
    e.Announced: st.builds(e.Announced, times, nicks, texts),
}
