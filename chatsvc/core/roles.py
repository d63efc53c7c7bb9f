"""Roles in a room: who may give which, to whom, and who is above whom.

    role        IRC   XMPP (XEP-0045)          Matrix (usual power level)
    owner       ~     owner                    100
    moderator   @     moderator, admin         50
    voiced      +     participant of a         between, where 0 may not speak
                      moderated room
    member            participant, member      0

The rules, all of them in `check_change` and `check_target`:

1. Owners give and take every role, also that of an owner; there may be several.
2. Moderators give and take `voiced`, nothing else.
3. Anybody may step down to a lower role, and nobody may raise themselves.
4. The last owner cannot step down or be put down, by nobody: first name another owner, or
   delete the room. Leaving the room is no step down: roles belong to accounts and stay, so
   an owner who leaves may come back, and a room is never without its owner by that. Dropping
   the account is a step down in every room it owns, and falls under this rule.
5. The roles of accounts last. A guest has one, up to moderator, for as long as it is in the
   room. The guest who made a room is its owner while it is there, and in a public one that
   everyone reads from its beginning also whoever comes back under that nick, unless the room ends
   with its last member and has any; such an owner may step down, so rule 4 is not about it.
6. Kicks, bans and mutes reach only those below oneself: a moderator cannot kick a moderator,
   an owner cannot kick an owner (but put it down first). In a room that a guest made and no
   account owns, moderators and owners reach each other as well: nobody there is for good.
7. An operator of the server is above all roles: it may do what an owner may, to owners too.
   Rule 4 holds for it as well, except that it may name an owner where there is none.
"""

import enum

import attrs

from chatsvc.core.errors import NotAllowed, NotRegistered, Usage
from chatsvc.core.text import printable


class Role(enum.IntEnum):
    """What somebody is in a room; a higher one may all that a lower one may."""

    MEMBER = 0
    VOICED = 1
    MODERATOR = 2
    OWNER = 3

    @property
    def word(self) -> str:
        """The word people use for it."""
        return self.name.lower()


ROLES = {role.word: role for role in Role}

MOST_GIVEN = {Role.OWNER: Role.OWNER, Role.MODERATOR: Role.VOICED}
"""The highest role that each role may give and take; who is not here gives none."""

_LONGEST_SHOWN = 20


@attrs.frozen
class Actor:
    """Who does something in a room: its role there, and whether it is an operator.

    `reaches_equals`: those who moderate reach each other there.
    """

    role: Role = Role.MEMBER
    is_operator: bool = False
    reaches_equals: bool = False

    @property
    def most_given(self) -> Role | None:
        """The highest role this one may give and take; None: not one."""
        return Role.OWNER if self.is_operator else MOST_GIVEN.get(self.role)

    def is_above(self, role: Role) -> bool:
        """Tell whether this one may put out or keep quiet who has `role`."""
        is_equal = self.reaches_equals and self.role >= Role.MODERATOR
        return self.is_operator or self.role > role or is_equal


@attrs.frozen
class Change:
    """A change of somebody's role from `old` to `new`, in a room with so many `owners`.

    `is_own`: of the actor itself. `is_registered`: it has an account.
    """

    old: Role
    new: Role
    owners: int
    is_own: bool = False
    is_registered: bool = True

    @property
    def leaves_no_owner(self) -> bool:
        """Tell whether the only owner would cease to be one."""
        is_down = self.old is Role.OWNER and self.new is not Role.OWNER
        return self.is_registered and is_down and self.owners <= 1


def parse_role(word: str) -> Role:
    """Return the role that `word` names; raise `Usage`."""
    role = ROLES.get(word.lower())
    if role is None:
        shown = printable(word)[:_LONGEST_SHOWN]
        raise Usage(f'"{shown}" is no role; there are {", ".join(ROLES)}.')
    return role


def check_change(actor: Actor, change: Change) -> None:
    """Make sure that `actor` may make this change; raise `NotAllowed` or `NotRegistered`."""
    if not change.is_own or change.new >= change.old:
        _check_giving(actor, change)
    if change.leaves_no_owner:
        raise NotAllowed(
            "A room keeps one owner at least: make somebody else owner first, or delete the room."
        )


def _check_giving(actor: Actor, change: Change) -> None:
    if not change.is_registered and change.new is Role.OWNER:
        raise NotRegistered(
            "An owner has an account, and this is a guest, who has to register first."
        )
    most = actor.most_given
    if most is None:
        raise NotAllowed("Roles are given and taken by the owner; moderators give and take voice.")
    if max(change.old, change.new) > most:
        raise NotAllowed(f"You may give and take no more than {most.word}; ask an owner.")


def check_target(actor: Actor, target: Role, is_operator: bool = False) -> None:
    """Make sure that `actor` may kick, ban or mute who has the role `target`.

    `is_operator`: the target is an operator of the server, whom only another one reaches.
    Raises `NotAllowed`.
    """
    if is_operator and not actor.is_operator:
        raise NotAllowed("This is an operator of the server.")
    if not actor.is_above(target):
        raise NotAllowed(
            f"You reach only those below you, and this is a{_n(target)} {target.word}; "
            "an owner can take the role first."
        )


def speaks_anyway(role: Role) -> bool:
    """Tell whether no mute hits who has `role`: voiced members, and who is above them."""
    return role >= Role.VOICED


def is_exempt(role: Role) -> bool:
    """Tell whether no ban hits who has `role`: moderators and owners."""
    return role >= Role.MODERATOR


def _n(role: Role) -> str:
    return "n" if role is Role.OWNER else ""
