"""A second line parser, slow and plain, written from docs/protocol.md alone.

The fuzzer compares what the server makes of a stream with what this makes of it. It
shares nothing with `chatsvc.wire`, and with `chatsvc.core` the table of scripts only. It
sees a stream whole, cuts it with regular expressions, and looks every character up one by
one.

A request is a tuple: the name of its command's class and the fields, or the code of
the refusal alone.

    lines        the stream, its lines, and what each of them asks for
    rooms        rooms, and what their moderators and owners say
    talk         what is said, read again and taken back
    people       nicks, accounts and keys
    operating    what operators of the server say
    arguments    what the parsers share
    rules        masks, times and settings
"""

from tests.torture.reference.arguments import is_harmless
from tests.torture.reference.lines import ALIASES, PARSERS, request_in, requests_of, understood

__all__ = ["ALIASES", "PARSERS", "is_harmless", "request_in", "requests_of", "understood"]
