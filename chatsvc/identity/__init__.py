"""Who somebody is: passwords, the delays after wrong ones, and checkers for twisted.cred.

    passwords.py   argon2id and the normalization of passwords; pure, and slow by intention
    delays.py      how long to wait after wrong logins; pure
    listed.py      operators that the server was started with
    turns.py       so many slow jobs at a time, so many waiting, no more
    threads.py     the threads in which passwords are hashed
    external.py    ask another program
    checkers.py    twisted.cred checkers: our own accounts, and an external command
    portal.py      the Portal, and `ports.Identity` on top of it
    making.py      put them together

A password is seen here and in the request that brought it, and is kept and logged nowhere.
"""

from chatsvc.identity.portal import PortalIdentity

__all__ = ["PortalIdentity"]
