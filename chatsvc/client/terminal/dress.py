"""How lines and the status line look: texts in styles, of any length.

! 10:03 [lobby] bob: @ann are you there?         a mention
  10:04 [lobby] ann: I am
  10:04 [lobby] -- bob left.
@ 10:05 bob tells you: psst                      a direct message
"""

from collections.abc import Iterator

from chatsvc.client.lines import Kind, Line, clock_time, counted
from chatsvc.client.terminal.model import Model
from chatsvc.client.terminal.rows import Row, Span, Style, fit, nick_style, row_width
from chatsvc.client.terminal.views import Entry, RoomView
from chatsvc.core.manner import ACTION_SIGN

_GUTTERS = {
    Kind.MENTION: Span("! ", Style.MENTION),
    Kind.DIRECT: Span("@ ", Style.DIRECT),
}

_STYLES = {
    Kind.OWN: Style.OWN,
    Kind.MENTION: Style.MENTION,
    Kind.DIRECT: Style.DIRECT,
    Kind.NOTICE: Style.NOTICE,
    Kind.ERROR: Style.PROBLEM,
}


def dressed(entry: Entry, with_time: bool) -> list[Span]:
    """Return a line as it is shown; `with_time` unless there is too little room for it."""
    line = entry.line
    spans = [_GUTTERS.get(line.kind, Span("  "))]
    if with_time and line.kind is not Kind.ANSWER:
        spans.append(Span(f"{clock_time(entry.at, line.is_old)} ", Style.TIME))
    if line.room is not None:
        spans.append(Span(f"[{_label(line)}] ", Style.ROOM))
    return [*spans, *_speech(line)]


def _label(line: Line) -> str:
    return f"{line.room} {line.number}" if line.is_old and line.number else f"{line.room}"


def _speech(line: Line) -> Iterator[Span]:
    style = _STYLES.get(line.kind, Style.PLAIN)
    if line.nick is None:
        yield Span(f"-- {line.text}" if line.kind is Kind.NOTICE else line.text, style)
        return
    verb, text = " tells you: " if line.kind is Kind.DIRECT else ": ", line.text
    plain = Style.PLAIN if style is Style.OWN else style
    if text.startswith(ACTION_SIGN) and line.kind is not Kind.DIRECT:
        yield Span(ACTION_SIGN, plain)
        verb, text = " ", text.removeprefix(ACTION_SIGN)
    yield Span(f"{line.nick}{line.mark}", style if style is Style.OWN else nick_style(line.nick))
    yield Span(f"{verb}{text}", plain)


def status_row(model: Model, width: int, is_scrolled: bool, filler: str) -> Row:
    """Return the status line, filled up to `width` columns with `filler`.

    Parts that do not fit are left out whole, but for the first.
    """
    first, *parts = _status_parts(model, is_scrolled)
    row = fit([Span(filler, Style.STATUS), first], width)
    for part in parts:
        longer = (*row, Span(" | ", Style.STATUS), part)
        row = longer if row_width(longer) < width else row
    return (*row, *fit([Span(" " + filler * width, Style.STATUS)], width - row_width(row)))


def _status_parts(model: Model, is_scrolled: bool) -> Iterator[Span]:
    """Yield what the status line says, the most important first."""
    if model.is_leaving:
        yield Span("leaving", Style.STATUS_ALERT)
    if not model.is_connected:
        yield Span("no connection", Style.STATUS_ALERT)
    yield Span(_place(model.current), Style.STATUS)
    if is_scrolled:
        yield Span("older lines, PgDn for newer", Style.STATUS_ALERT)
    if model.is_new:
        yield Span("/help shows more", Style.STATUS_ALERT)
    yield from _other_rooms(model)
    if model.is_connected:
        yield Span(f"{model.nick} at {model.server_name or 'the server'}", Style.STATUS)
        yield Span("connected", Style.STATUS)


def _place(view: RoomView | None) -> str:
    if view is None:
        return "no room"
    here = "" if view.count is None else f", {view.count} here"
    return f"{view.room}: {counted(view.last, 'message')}{here}"


def _other_rooms(model: Model) -> Iterator[Span]:
    """Yield the rooms that are not the current one, those with news first."""
    if model.shows_all:
        yield Span("all rooms", Style.STATUS)
    others = [view for view in model.rooms if view is not model.current]
    for view in sorted(others, key=lambda view: (not view.mentions, not view.unread)):
        news = f" {view.unread} new" if view.unread else ""
        style = Style.STATUS_ALERT if view.mentions else Style.STATUS
        yield Span(f"{view.room}{news}{' !' if view.mentions else ''}", style)
