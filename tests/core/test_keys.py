"""SSH public keys: what `ssh-keygen` makes is understood, and nothing else."""

from base64 import b64decode, b64encode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadKey, TooMany
from chatsvc.core.keys import MOST_RSA_BITS, keys_called, parse_key, stored_key, with_key

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKZDppWdlxurT/X3EX5M3ardKuD1a5U3vsWGaHMjBEfx"
ECDSA256 = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGUPgmmwxt5/jjzm0VaY"
    "6S6ai1Ax6Z6qKk1H0CuGg6MSuK9EOe6Mj94MHFDQSb0WOjvn3jfTBwXKeobU18C68yM="
)
ECDSA384 = (
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBCbk8Fm7NjhdnVPEyVcU"
    "gxVCTr27abf1PezEQKKn6sE65xmPY5n5D+USuA+c073VlNUFSuVKg9Rn+Q4RXTRVVqcs2Pn4r7RclWD9vtBne/GU1T32"
    "oPGdnYmjre3DyUaExA=="
)
ECDSA521 = (
    "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAFY4UYbOc9eMvYV/QZ6"
    "buSm/c7plSk6D50cTzAJgVLIVKctPQu5rkYT4rGSjIHdxxDGsu5en7Y7JgZoUPtY04OlEgF2p6Ppz0nMTEcTyqw8HoDX"
    "2TxOkIKRt3UqYSVYSISyve033EzPSlqsS0dQhEpdpkrxORkaXESYOzhRjNE8d3cdIg=="
)
RSA2048 = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDLYyPLfsyHHiqw2BA3yNqTVifXbP3WpkRIv580U/RpFnJF3o7tDI/u"
    "duXryO/cxvNfIaGYVpVWV1Vf9LyOnRkIU4Oe58sTsqalq1AhGFuHDTRSRJdCrKtOnadetbkADuVRCw9qmgYBfYYgoeCF"
    "O4vZVC+7Qg5lApJUGrJyluksP3f2X/H//4vUrK9BsyLimD+6PUo7aNWCZsHCcHNj/e6gCarHsYmTU9wV21Lg/G06KPjw"
    "nBwo8dl6fmhiK33meN0y+87GKztxX/h/QKiGp+OVqNGCFoW6rMs1WGCbjqD0BgBYlii/4eT2XQW3XEOWqt9NIHz2IAaq"
    "NpBhrXxgIaOj"
)
FINGERPRINTS = {
    ED25519: "SHA256:lxERpcNGZ64/M662Uv8Gml+rlni6mjXk32cTvJvmty8",
    ECDSA256: "SHA256:RZ996rku3ts/whjBDlnj8TELG0wNSb3cm2uB4IrD0Y0",
    ECDSA384: "SHA256:Tiw+6SqiRbu3UfX3nmjjimU0De72N327f8JilZ7IsqY",
    ECDSA521: "SHA256:czhfEyoTbx7mtp1rjFY14B7ipCN6b2gEZc9o6kqdmZk",
    RSA2048: "SHA256:NPKZ/rnZ8/gQweVYYc6kvsvpCXlqbY6fJ5iAOYh3A60",
}
"""What `ssh-keygen -l` says of them."""


def packed(*fields: bytes) -> str:
    """Return a key line whose type is its first field."""
    blob = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return f"{fields[0].decode()} {b64encode(blob).decode()}"


def number(value: int) -> bytes:
    """Return the mpint of RFC 4251 section 5."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


class ParsingTests(SynchronousTestCase):
    def assert_refused(self, sentence: str, line: str) -> None:
        error = self.assertRaises(BadKey, parse_key, line)
        self.assertRegex(error.sentence, sentence)

    def test_each_type_has_the_fingerprint_that_openssh_shows(self) -> None:
        for line, fingerprint in FINGERPRINTS.items():
            self.assertEqual(parse_key(line).fingerprint, fingerprint)

    def test_a_key_has_one_form_whatever_stands_around_it(self) -> None:
        key = parse_key(f"  {ED25519}   ann@home sweet home \n")
        self.assertEqual(key.line, f"{ED25519} ann@home sweet home")
        self.assertEqual(parse_key(ED25519).line, ED25519)
        self.assertEqual(key, parse_key(ED25519))

    def test_a_comment_is_short_and_safe_to_show(self) -> None:
        self.assertEqual(parse_key(f"{ED25519} {'x' * 64}").comment, "x" * 64)
        self.assert_refused("at most 64", f"{ED25519} {'x' * 65}")
        self.assert_refused("comment: .*U\\+001B", f"{ED25519} a\x1b[2J")

    def test_what_is_no_key_is_told_what_one_looks_like(self) -> None:
        for line in ("", "hello", "AAAA", 'from="10.0.0.0/8" ' + ED25519, "ssh-foo AAAA"):
            self.assert_refused("ssh-ed25519 AAAA", line)

    def test_a_private_key_is_refused_with_a_warning(self) -> None:
        self.assert_refused("nobody else", "-----BEGIN OPENSSH PRIVATE KEY-----")

    def test_types_that_cannot_be_used_are_named_as_such(self) -> None:
        for kind in ("ssh-dss", "sk-ssh-ed25519@openssh.com", "ssh-rsa-cert-v01@openssh.com"):
            self.assert_refused("Keys of this type", f"{kind} AAAA")

    def test_every_cut_of_a_key_is_refused(self) -> None:
        for line in FINGERPRINTS:
            kind, encoded = line.split(" ")
            blob = b64decode(encoded)
            for end in range(len(blob)):
                cut = f"{kind} {b64encode(blob[:end]).decode()}"
                self.assertRaises(BadKey, parse_key, cut)
            longer = f"{kind} {b64encode(blob + bytes(4)).decode()}"
            self.assertRaises(BadKey, parse_key, longer)

    def test_only_the_one_spelling_of_the_base64_is_taken(self) -> None:
        line = ECDSA256
        self.assert_refused("not base64", line.replace("AAAAE2", "AAAA-E"))
        self.assert_refused("not base64", line[:-1])
        self.assert_refused("damaged", line[:-2] + "N=")
        self.assert_refused("not base64", ED25519 + "\u20ac")
        self.assert_refused("too long", f"ssh-rsa {'A' * 4097}")

    def test_the_type_inside_must_be_the_one_outside(self) -> None:
        self.assert_refused("another type", ED25519.replace("ssh-ed25519", "ssh-rsa"))

    def test_rsa_keys_have_from_2048_to_16384_bits(self) -> None:
        for bits in (1024, 2047, MOST_RSA_BITS + 1):
            line = packed(b"ssh-rsa", number(65537), number(2**bits - 1))
            self.assert_refused(f"has {bits} bits", line)
        for bits in (2048, MOST_RSA_BITS):
            parse_key(packed(b"ssh-rsa", number(65537), number(2**bits - 1)))

    def test_numbers_that_cannot_be_those_of_an_rsa_key_are_refused(self) -> None:
        good = 2**2047 + 1
        for exponent, modulus in ((1, good), (4, good), (2**64 + 1, good), (3, good + 1)):
            line = packed(b"ssh-rsa", number(exponent), number(modulus))
            self.assert_refused("cannot be those", line)
        for field in (b"", b"\0", b"\0\x03", number(-3)):
            line = packed(b"ssh-rsa", field, number(good))
            self.assert_refused("not complete", line)

    def test_points_are_uncompressed_and_those_of_the_curve_that_is_named(self) -> None:
        kind, curve = b"ecdsa-sha2-nistp256", b"nistp256"
        parse_key(packed(kind, curve, b"\x04" + bytes(64)))
        for name, point in (
            (curve, b"\x02" + bytes(32)),
            (curve, b"\x03" + bytes(64)),
            (b"nistp384", b"\x04" + bytes(64)),
            (curve, b""),
        ):
            self.assert_refused("not complete", packed(kind, name, point))

    @given(st.text(max_size=200) | st.binary(max_size=80).map(lambda b: packed(b"ssh-rsa", b)))
    def test_anything_else_is_refused_and_never_an_error(self, line: str) -> None:
        self.assertRaises(BadKey, parse_key, line)


class KeysOfAnAccountTests(SynchronousTestCase):
    def test_keys_are_added_and_called_by_fingerprint_or_place(self) -> None:
        keys = with_key((), parse_key(ED25519 + " one"), 2)
        keys = with_key(keys, parse_key(RSA2048), 2)
        self.assertEqual(keys, (ED25519 + " one", RSA2048))
        self.assertEqual(keys_called(keys, FINGERPRINTS[ED25519]), (ED25519 + " one",))
        self.assertEqual(keys_called(keys, 1), (ED25519 + " one",))
        self.assertEqual(keys_called(keys, 2), (RSA2048,))

    def test_a_kept_key_is_the_one_that_was_parsed(self) -> None:
        for line in (RSA2048, ED25519 + " two  words"):
            key = stored_key(parse_key(line).line)
            self.assertEqual((key, key.line), (parse_key(line), line))

    def test_a_fingerprint_means_every_line_of_its_key(self) -> None:
        """Two connections may have added it at the same moment, with other comments."""
        keys = (ED25519 + " one", RSA2048, ED25519 + " two")
        self.assertEqual(len(keys_called(keys, FINGERPRINTS[ED25519])), 2)

    def test_a_key_is_there_once_whatever_its_comment(self) -> None:
        keys = (ED25519 + " one",)
        error = self.assertRaises(BadKey, with_key, keys, parse_key(ED25519 + " two"), 9)
        self.assertIn(FINGERPRINTS[ED25519], error.sentence)

    def test_an_account_has_only_so_many(self) -> None:
        self.assertRaises(TooMany, with_key, (ED25519,), parse_key(RSA2048), 1)

    def test_a_key_that_is_not_there_is_not_found(self) -> None:
        error = self.assertRaises(BadKey, keys_called, (ED25519,), "SHA256:\x1b[2J")
        self.assertNotIn("\x1b", error.sentence)
        for place in (0, 2, 10**15 - 1):
            self.assertRaises(BadKey, keys_called, (ED25519,), place)
