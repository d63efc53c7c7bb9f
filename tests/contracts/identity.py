"""What every `ports.Identity` keeps to.

Mix `IdentityContract` into a TestCase and say how to make one.
"""

from chatsvc.core.errors import BadLogin, Refusal, TooManyLogins
from chatsvc.core.names import Nick
from chatsvc.ports import Identity

HOME = "192.0.2.1"
ELSEWHERE = "198.51.100.1"
ANN = Nick("Ann")
BOB = Nick("bob")
NOBODY = Nick("nobody")
PASSWORDS = {ANN: "sesame open", BOB: "Zu\u0308rich \u20ac"}
"""The accounts there are."""

MANY = 60
"""More wrong logins than anybody has free."""


class IdentityContract:
    """The rules; one test each."""

    def identity(self) -> Identity:
        """Return one that knows `PASSWORDS` and has the default limits."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        raise NotImplementedError

    async def check(
        self, identity: Identity, name: str, password: str, address: str = HOME
    ) -> Nick | Refusal:
        """Return what a login comes to."""
        try:
            return await identity.check(Nick(name), password, address)
        except Refusal as refusal:
            return refusal

    async def test_the_right_password_gives_the_account(self) -> None:
        identity = self.identity()
        for name, password in PASSWORDS.items():
            self.assertEqual(await self.check(identity, name, password), name)

    async def test_a_name_is_given_as_it_is_written_and_not_as_it_is_typed(self) -> None:
        self.assertEqual(await self.check(self.identity(), "ANN", PASSWORDS[ANN]), ANN)

    async def test_a_password_is_the_same_however_its_letters_are_composed(self) -> None:
        identity = self.identity()
        self.assertEqual(await self.check(identity, BOB, "Z\u00fcrich \u20ac"), BOB)

    async def test_a_wrong_password_and_an_unknown_name_are_one_refusal(self) -> None:
        identity = self.identity()
        wrong = (
            (ANN, "sesame"),
            (ANN, PASSWORDS[BOB]),
            (NOBODY, PASSWORDS[ANN]),
            (NOBODY, ""),
        )
        for name, password in wrong:
            self.assertEqual(await self.check(identity, name, password), BadLogin())

    async def test_what_cannot_be_a_password_is_a_wrong_one(self) -> None:
        identity = self.identity()
        for password in ("", "sesame open\0", "sesame open\n", "x" * 5000):
            self.assertEqual(await self.check(identity, ANN, password, ""), BadLogin())
            self.advance(60)

    async def test_guessing_one_name_is_slowed_down_whether_there_is_one_or_not(self) -> None:
        seen = {}
        for name in (ANN, NOBODY):
            identity = self.identity()
            seen[name] = [
                await self.check(identity, name, "wrong", f"203.0.113.{number}")
                for number in range(20)
            ]
            self.assertIsInstance(seen[name][-1], TooManyLogins)
            last = await self.check(identity, name, PASSWORDS[ANN])
            self.assertIsInstance(last, TooManyLogins)
            self.advance(last.wait)
            self.assertIsInstance(await self.check(identity, name, "wrong"), BadLogin)
        self.assertEqual(seen[ANN], seen[NOBODY])

    async def test_guessing_many_names_from_one_address_is_slowed_down(self) -> None:
        identity = self.identity()
        for number in range(MANY):
            last = await self.check(identity, f"name{number}", "wrong")
        self.assertIsInstance(last, TooManyLogins)
        self.assertIsInstance(await self.check(identity, ANN, PASSWORDS[ANN]), TooManyLogins)
        self.assertEqual(await self.check(identity, ANN, PASSWORDS[ANN], ELSEWHERE), ANN)

    async def test_who_was_here_before_is_not_kept_out_by_those_who_guess(self) -> None:
        identity = self.identity()
        await self.check(identity, ANN, PASSWORDS[ANN])
        for number in range(20):
            await self.check(identity, ANN, "wrong", f"203.0.113.{number}")
        self.assertEqual(await self.check(identity, ANN, PASSWORDS[ANN]), ANN)

    async def test_who_became_the_account_here_in_another_way_is_not_kept_out_either(self) -> None:
        identity = self.identity()
        identity.at_home(Nick("ANN"), HOME)
        for number in range(20):
            await self.check(identity, ANN, "wrong", f"203.0.113.{number}")
        self.assertIsInstance(await self.check(identity, ANN, PASSWORDS[ANN], ELSEWHERE), Refusal)
        self.assertEqual(await self.check(identity, ANN, PASSWORDS[ANN]), ANN)
