"""Other protocols are noticed by what they send first, and requests are not taken for them."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.wire.foreign import LONGEST_OPENING, Opening
from chatsvc.wire.table import BY_NAME
from tests.wire.chunks import every_cut

FOREIGN = [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"),
    (b"GET /" + b"x" * 5000, "HTTP"),
    (b"POST http://x.example/ HTTP/1.1\r\n", "HTTP"),
    (b"OPTIONS * HTTP/1.1\r\n", "HTTP"),
    (b"CONNECT x.example:443 HTTP/1.1\r\n", "HTTP"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP"),
    (b"DELETE /room HTTP/1.1\r\n", "HTTP"),
    (b"OPTIONS sip:nm SIP/2.0\r\n", "HTTP"),
    (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
    (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "TLS"),
    (b"\x16\x03\x03\0\n", "TLS"),
    (b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0", "RDP"),
]


def noticed(chunks: list[bytes]) -> str:
    """Return what is noticed in chunks, until enough was seen."""
    opening = Opening()
    for chunk in chunks:
        found = opening.feed(chunk)
        if found or opening.is_over:
            return found
    return ""


class OtherProtocols(SynchronousTestCase):
    def test_each_is_noticed_however_its_greeting_is_cut(self):
        for greeting, name in FOREIGN:
            for chunks in every_cut(greeting[:40]):
                self.assertEqual(noticed(chunks), name, chunks)

    def test_no_spelling_of_a_verb_is_taken_for_one(self):
        for verb in BY_NAME:
            for word in (verb, verb.upper(), f"/{verb}", f" {verb}"):
                for rest in ("", " x", " Ann", " room /x", " x since 5", " a GET / HTTP/1.1"):
                    self.assertEqual(noticed([f"{word}{rest}\n".encode()]), "")

    def test_they_are_noticed_in_the_first_line_only(self):
        for greeting, _ in FOREIGN:
            self.assertEqual(noticed([b"ping\n", greeting]), "")
            self.assertEqual(noticed([b"ping\n" + greeting]), "")

    def test_little_is_looked_at(self):
        opening = Opening()
        opening.feed(b"x" * (LONGEST_OPENING - 1))
        self.assertFalse(opening.is_over)
        opening.feed(b"x" * 100_000)
        self.assertTrue(opening.is_over)
