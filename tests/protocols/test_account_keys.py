"""SSH keys at the line door: whose they are, and that they last."""

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.limits import DEFAULT_LIMITS
from tests.core.test_keys import ECDSA256, ED25519, FINGERPRINTS, RSA2048
from tests.protocols.conversation import Server
from tests.protocols.test_accounts import AccountCase


class KeysTests(AccountCase):
    def test_keys_are_added_listed_and_removed(self) -> None:
        self.ann.says(f"keys add {ED25519}  ann at home").gets(
            f"+ key-added {FINGERPRINTS[ED25519]}"
        )
        self.ann.says(f"KEYS Add {RSA2048}").gets(f"+ key-added {FINGERPRINTS[RSA2048]}")
        self.ann.says("keys list").gets(
            f"= key 1 {FINGERPRINTS[ED25519]} ssh-ed25519 ann at home",
            f"= key 2 {FINGERPRINTS[RSA2048]} ssh-rsa",
            "+ keys 2",
        )
        self.ann.says("keys remove 1").gets(f"+ key-removed {FINGERPRINTS[ED25519]}")
        self.ann.says(f"keys remove {FINGERPRINTS[RSA2048]}").gets(
            f"+ key-removed {FINGERPRINTS[RSA2048]}"
        )
        self.ann.says("keys list").gets("+ keys 0")

    def test_they_are_there_after_a_restart(self) -> None:
        self.ann.says(f"keys add {ED25519} one", f"keys add {RSA2048}", "keys remove 2").takes()
        server = self.restarted()
        ann = server.client()
        ann.says("login ann s3cret").takes()
        ann.says("keys list").gets(
            f"= key 1 {FINGERPRINTS[ED25519]} ssh-ed25519 one",
            "+ keys 1",
        )

    def test_all_connections_of_an_account_see_them(self) -> None:
        second = self.logged_in()
        second.says(f"keys add {ED25519}").takes()
        self.ann.says("keys remove 1").gets(f"+ key-removed {FINGERPRINTS[ED25519]}")

    def test_a_key_is_there_once_whatever_its_comment(self) -> None:
        self.ann.says(f"keys add {ED25519} one").takes()
        self.ann.says(f"keys add {ED25519} two").gets_error("bad-key")
        self.ann.says(f"keys add {ED25519} one").gets_error("bad-key")

    def test_two_that_add_the_same_key_at_once_lose_it_at_once(self) -> None:
        second = self.logged_in()
        self.server.faulty.hold()
        self.ann.sends(f"keys add {ED25519} one\n".encode())
        second.sends(f"keys add {ED25519} two\n".encode())
        self.server.faulty.release()
        self.server.forget()
        self.ann.says(f"keys remove {FINGERPRINTS[ED25519]}").takes()
        second.says("keys list").gets("+ keys 0")

    def test_a_key_may_be_that_of_several_accounts(self) -> None:
        self.bob.says("register oyster").takes()
        for client in (self.ann, self.bob):
            client.says(f"keys add {ED25519}").gets(f"+ key-added {FINGERPRINTS[ED25519]}")
        self.ann.says("keys remove 1").takes()
        self.bob.says("keys list").gets(f"= key 1 {FINGERPRINTS[ED25519]} ssh-ed25519", "+ keys 1")

    def test_they_go_with_the_account(self) -> None:
        self.bob.says("leave den")
        self.server.forget()
        self.ann.says(f"keys add {ED25519}", "drop s3cret")
        code = self.ann.takes()[-1].split()[2]
        self.ann.says(f"drop s3cret {code}", "keys list")
        self.assertRegex(self.ann.takes()[-1], "^- not-logged-in ")
        self.ann.says("register s3cret", "keys list").gets("+ registered ann", "+ keys 0")

    def test_only_the_owner_of_an_account_has_keys(self) -> None:
        for line in (f"keys add {ED25519}", "keys list", "keys remove 1"):
            self.bob.says(line).gets_error("not-logged-in")
            nameless = self.server.client()
            nameless.takes()
            nameless.says(line).gets_error("no-nick")

    def test_others_hear_nothing_of_it(self) -> None:
        self.ann.says(f"keys add {ED25519}", "keys remove 1").takes()
        self.bob.gets_nothing()

    def test_what_is_no_key_is_refused_and_nothing_of_it_is_shown(self) -> None:
        for line in ("hello", "-----BEGIN OPENSSH PRIVATE KEY-----", f"{ED25519} a\u202eb"):
            self.ann.says(f"keys add {line}").gets_error("bad-key")
        self.ann.says("keys remove 1").gets_error("bad-key")
        self.ann.says("keys remove \x1b[2J").gets_error("bad-text")
        self.ann.says("keys list").gets("+ keys 0")

    def test_a_failing_disk_keeps_no_key(self) -> None:
        self.server.faulty.fail_next()
        self.ann.says(f"keys add {ED25519}").gets_error("storage")
        self.ann.says("keys list").gets("+ keys 0")


class LimitTests(TestCase):
    def test_an_account_has_only_so_many(self) -> None:
        server = Server(self, limits=attrs.evolve(DEFAULT_LIMITS, keys_per_account=2))
        ann = server.client("ann")
        ann.says("register s3cret").takes()
        ann.says(f"keys add {ED25519}", f"keys add {RSA2048}").takes()
        ann.says(f"keys add {ECDSA256}").gets_error("too-many")
        ann.says("keys remove 1", f"keys add {ECDSA256}")
        self.assertEqual([line[:2] for line in ann.takes()], ["+ ", "+ "])
