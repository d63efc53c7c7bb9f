"""Answers that are about nothing but the connection."""

import attrs

WHOLE = 100
"""Rows of `list` or `who` that are answered at once; more come a page at a time."""


@attrs.frozen
class Pong:
    """A sign of life."""

    token: str


@attrs.frozen
class HelpOn:
    """Help on one verb, or on all with an empty `verb`; each way in has its own words."""

    verb: str


@attrs.frozen
class Bye:
    """The connection closes now."""
