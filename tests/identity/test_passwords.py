"""Passwords: what one may be, and that the whole of it counts."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadPassword
from chatsvc.core.limits import PASSWORD_BYTES
from chatsvc.identity.passwords import COSTS, Cost, Hasher, prepared
from chatsvc.irc.scram import parse_verifier, verifier_for

LETTERS = st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F)


class PreparedTests(SynchronousTestCase):
    def assert_refused(self, sentence: str, password: str) -> None:
        error = self.assertRaises(BadPassword, prepared, password)
        self.assertRegex(error.sentence, sentence)

    def test_case_and_spaces_count(self) -> None:
        passwords = ("Correct horse", "correct horse", "correcthorse", "correct horse ", " ")
        self.assertEqual(len({prepared(password) for password in passwords}), len(passwords))

    def test_it_does_not_matter_how_a_keyboard_composes_letters_or_spaces(self) -> None:
        """RFC 8265 section 4.2.2: NFC, and every space is a plain one."""
        self.assertEqual(prepared("Zu\u0308rich"), prepared("Z\u00fcrich"))
        self.assertEqual(prepared("a\u00a0b\u3000c"), b"a b c")

    def test_an_emoji_is_a_character_like_any_other(self) -> None:
        self.assertEqual(prepared("\U0001f600"), "\U0001f600".encode())

    def test_nothing_is_no_password(self) -> None:
        self.assert_refused("at least one", "")

    def test_controls_and_what_shows_as_nothing_are_refused(self) -> None:
        for character in "\x00\n\r\t\x7f\x85\u200b\u200d\ufe0f\u202e\u0378\ufdd0\ud800":
            with self.subTest(character=ascii(character)):
                self.assert_refused("no control characters", f"abc{character}def")

    def test_the_limit_is_in_bytes_after_normalization(self) -> None:
        self.assertEqual(len(prepared("x" * PASSWORD_BYTES)), PASSWORD_BYTES)
        self.assert_refused("1,024 bytes", "x" * (PASSWORD_BYTES + 1))
        self.assertEqual(len(prepared("u\u0308" * (PASSWORD_BYTES // 2))), PASSWORD_BYTES)
        self.assert_refused("1,024 bytes", "\u20ac" * (PASSWORD_BYTES // 3 + 1))

    def test_a_pile_of_marks_is_refused_before_it_is_put_in_order(self) -> None:
        self.assert_refused("1,024 bytes", "a" + "\u0301" * 1_000_000)

    @given(st.text(LETTERS, min_size=1, max_size=40))
    def test_every_normal_form_of_a_text_is_one_password(self, text: str) -> None:
        forms = {prepared(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
        self.assertEqual(len(forms), 1)

    @given(st.text(min_size=1, max_size=60))
    def test_any_text_is_a_password_or_refused_and_preparing_twice_changes_nothing(
        self, text: str
    ) -> None:
        try:
            once = prepared(text)
        except BadPassword:
            return
        self.assertEqual(prepared(once.decode()), once)
        self.assertNotIn(b"\n", once)


class HasherTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.hasher = Hasher(COSTS["test"])

    def test_the_right_password_matches_and_no_other(self) -> None:
        secret = self.hasher.secret_of(b"sesame")
        self.assertTrue(self.hasher.matches(secret, b"sesame"))
        for other in (b"Sesame", b"sesame ", b"sesam", b"", b"sesame\0", b"sesame\0x"):
            self.assertFalse(self.hasher.matches(secret, other), other)

    def test_the_last_of_all_bytes_counts_and_so_does_what_is_behind_a_nul(self) -> None:
        """bcrypt's first 72 bytes and C's end of a string are no limits here."""
        long = b"x" * (PASSWORD_BYTES - 1)
        self.assertFalse(self.hasher.matches(self.hasher.secret_of(long + b"a"), long + b"b"))
        self.assertFalse(self.hasher.matches(self.hasher.secret_of(b"a\0b"), b"a\0c"))

    def test_two_secrets_of_one_password_differ(self) -> None:
        self.assertNotEqual(self.hasher.secret_of(b"x"), self.hasher.secret_of(b"x"))

    def test_a_secret_names_its_parameters_and_still_matches_when_they_are_others(self) -> None:
        secret = self.hasher.secret_of(b"sesame")
        self.assertTrue(secret.startswith("$argon2id$v=19$m=8,t=1,p=1$"))
        dearer = Hasher(Cost(16, 2))
        self.assertTrue(dearer.matches(secret, b"sesame"))
        self.assertTrue(dearer.is_outdated(secret))
        self.assertFalse(self.hasher.is_outdated(secret))

    def test_a_dummy_costs_the_same_and_nothing_fits_it(self) -> None:
        for cost in COSTS.values():
            hasher = Hasher(cost)
            dummy, secret = hasher.dummy(), self.hasher.secret_of(b"x")
            self.assertFalse(hasher.is_outdated(dummy))
            self.assertEqual(dummy.count("$"), secret.count("$"))
            self.assertEqual(list(map(len, dummy.split("$")[4:])), [22, 43])
        self.assertFalse(self.hasher.matches(self.hasher.dummy(), b"x"))
        self.assertNotEqual(self.hasher.dummy(), self.hasher.dummy())

    def test_what_is_not_a_secret_is_an_error_and_not_a_wrong_password(self) -> None:
        for secret in ("", "sesame", "$argon2id$v=19$m=8,t=1,p=1$"):
            self.assertRaises(ValueError, self.hasher.matches, secret, b"sesame")


class ScramSecretTests(SynchronousTestCase):
    def test_a_secret_with_what_scram_needs(self) -> None:
        """Both halves fit the password; one without the second is outdated where SCRAM is on."""
        hasher, plain = Hasher(COSTS["test"], 4096), Hasher(COSTS["test"])
        secret = hasher.secret_of(b"sesame")
        self.assertTrue(hasher.matches(secret, b"sesame"))
        self.assertFalse(hasher.matches(secret, b"sesam"))
        self.assertTrue(plain.matches(secret, b"sesame"))
        verifier = parse_verifier(secret.partition("\n")[2])
        assert verifier is not None
        self.assertEqual(verifier, verifier_for("sesame", verifier.salt))
        self.assertFalse(hasher.is_outdated(secret))
        self.assertTrue(hasher.is_outdated(plain.secret_of(b"sesame")))
        self.assertFalse(plain.is_outdated(secret))
