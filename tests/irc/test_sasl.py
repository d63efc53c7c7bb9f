"""AUTHENTICATE in pieces, PLAIN and SCRAM-SHA-256."""

from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac, sha256
from hmac import digest

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.irc.sasl import (
    MOST_BYTES,
    PIECE,
    Outcome,
    Pieces,
    Plain,
    in_pieces,
    parse_plain,
)
from chatsvc.irc.scram import (
    SALT_BYTES,
    Exchange,
    ScramFailed,
    Verifier,
    made_up,
    name_in,
    parse_verifier,
    verifier_for,
)


class PieceTests(SynchronousTestCase):
    """Pieces make a response."""

    def test_whole_responses(self) -> None:
        """A short piece ends a response, and so does `+` after one of 400."""
        pieces = Pieces()
        self.assertEqual(pieces.feed("amlsbGVz"), b"jilles")
        self.assertEqual(pieces.feed("+"), b"")
        self.assertEqual(pieces.feed("A" * PIECE), Outcome.MORE)
        self.assertEqual(pieces.feed("+"), bytes(300))

    def test_given_up(self) -> None:
        """`*` gives up; what was there is forgotten."""
        pieces = Pieces()
        pieces.feed("A" * PIECE)
        self.assertEqual(pieces.feed("*"), Outcome.ABORTED)
        self.assertEqual(pieces.feed("YQ=="), b"a")

    def test_too_long(self) -> None:
        """Neither a piece nor a response may be too long, and no more is held than may be."""
        pieces = Pieces()
        self.assertEqual(pieces.feed("A" * 500), Outcome.TOO_LONG)
        for _ in range(MOST_BYTES // PIECE):
            self.assertEqual(pieces.feed("A" * PIECE), Outcome.MORE)
        self.assertEqual(pieces.feed("A" * PIECE), Outcome.ENDLESS)
        self.assertEqual(pieces.feed("YQ=="), b"a")

    def test_broken(self) -> None:
        """What is no base64 is broken."""
        for piece in ("é", "A", "A===", "****", ""):
            self.assertIn(Pieces().feed(piece), (Outcome.BROKEN, b""), piece)

    @given(st.binary(max_size=1500))
    def test_there_and_back(self, data: bytes) -> None:
        """What is cut into pieces is put together again, and only by the last of them."""
        pieces = Pieces()
        results = [pieces.feed(piece) for piece in in_pieces(data)]
        self.assertEqual(results, [Outcome.MORE] * (len(results) - 1) + [data])

    @given(st.lists(st.text(max_size=400), max_size=30))
    def test_anything(self, lines: list[str]) -> None:
        """No pieces raise."""
        pieces = Pieces()
        for line in lines:
            pieces.feed(line)


class PlainTests(SynchronousTestCase):
    """PLAIN says who and the password."""

    def test_messages(self) -> None:
        """Who is meant may be left out, and may not be somebody else."""
        ann = Plain("ann", "sésame")
        self.assertEqual(parse_plain("ann\0ann\0sésame".encode()), ann)
        self.assertEqual(parse_plain("\0ann\0sésame".encode()), ann)
        for response in (
            b"",
            b"ann",
            b"bob\0ann\0x",
            b"\0\0x",
            b"\0ann\0",
            b"\xff\0a\0b",
            b"\0a\0b\0c",
        ):
            self.assertIsNone(parse_plain(response), response)

    def test_the_password_is_not_shown(self) -> None:
        """Neither is it in what a log might have."""
        self.assertNotIn("sesame", repr(Plain("ann", "sesame")))


SALT = bytes(range(16))


def prove(password: str, first: str, challenge: str, final: str) -> str:
    """Return a client's last message, as RFC 5802 section 3 computes it."""
    fields = dict(part.split("=", 1) for part in challenge.split(","))
    salt = b64decode(fields["s"])
    salted = pbkdf2_hmac("sha256", password.encode(), salt, int(fields["i"]))
    client_key = digest(salted, b"Client Key", sha256)
    said = f"{first.split(',', 2)[2]},{challenge},{final}".encode()
    signature = digest(sha256(client_key).digest(), said, sha256)
    proof = bytes(one ^ other for one, other in zip(client_key, signature, strict=True))
    return f"{final},p={b64encode(proof).decode()}"


class ScramTests(SynchronousTestCase):
    """The server's half of SCRAM-SHA-256."""

    def test_the_example_of_the_specification(self) -> None:
        """The exchange of RFC 7677 section 3."""
        salt = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
        exchange = Exchange(
            b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            verifier_for("pencil", salt),
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        )
        self.assertEqual(exchange.name, "user")
        self.assertEqual(
            exchange.challenge,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        )
        final = (
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        )
        self.assertEqual(exchange.finish(final), b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")

    def test_a_wrong_password(self) -> None:
        """Another password's proof is refused, and so is half a proof."""
        first = "n,,n=ann,r=abc"
        exchange = Exchange(first.encode(), verifier_for("sesame", SALT), "XYZ")
        good = prove("sesame", first, exchange.challenge, "c=biws,r=abcXYZ")
        bad = prove("millet", first, exchange.challenge, "c=biws,r=abcXYZ")
        self.assertTrue(exchange.finish(good.encode()).startswith(b"v="))
        for final in (
            bad,
            good[:-8],
            good.replace("abcXYZ", "abcXY"),
            good.replace("biws", "eSws"),
        ):
            self.assertRaises(ScramFailed, exchange.finish, final.encode())

    def test_names(self) -> None:
        """Commas and equals signs in names are written; nobody acts for somebody else."""
        self.assertEqual(name_in(b"n,,n=a=2Cb=3D,r=x"), "a,b=")
        self.assertEqual(name_in(b"y,a=ann,n=ann,r=x,ext=1"), "ann")
        for first in (b"n,a=bob,n=ann,r=x", b"p=tls,,n=a,r=x", b"n,,n=a=,r=x", b"n,,r=x", b"\xff"):
            self.assertRaises(ScramFailed, name_in, first)

    def test_verifiers_are_kept_as_text(self) -> None:
        """A verifier comes back from its text; anything else is none, and it shows no keys."""
        verifier = verifier_for("sesame", SALT, 5000)
        self.assertEqual(parse_verifier(str(verifier)), verifier)
        for text in ("", "$argon2id$v=19", "SCRAM-SHA-256$x$$$", "SCRAM-SHA-256$1$a$b$c"):
            self.assertIsNone(parse_verifier(text), text)
        self.assertNotIn("key=", repr(verifier))

    @given(st.binary(max_size=60), st.binary(max_size=60))
    def test_anything(self, first: bytes, final: bytes) -> None:
        """No messages raise anything but a failure."""
        verifier = Verifier(SALT, 1, bytes(32), bytes(32))
        for opening in (first, b"n,," + first, b"n,,n=a,r=b"):
            try:
                exchange = Exchange(opening, verifier, "c")
                exchange.finish(final)
            except ScramFailed:
                continue


class MadeUpTests(SynchronousTestCase):
    def test_a_name_without_a_verifier_is_answered_like_any_other(self) -> None:
        """Always with the same salt, another for each name and server; no proof fits."""
        one, again = (made_up("ann", b"key", 4096) for _ in range(2))
        self.assertEqual(one, again)
        self.assertNotEqual(one.salt, made_up("bob", b"key", 4096).salt)
        self.assertNotEqual(one.salt, made_up("ann", b"other", 4096).salt)
        self.assertEqual(len(one.salt), SALT_BYTES)
