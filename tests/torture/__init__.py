"""Torture: programs that try to break what the service promises, and say what came of it.

    python -m tests.torture                 every program, in a short form
    python -m tests.torture crash --full    one of them, in full; `make torture` runs all so

    crash            kill -9 at each marked point, over and over
    power_cut        replay a server's system calls on a disk that forgets what no fsync covered
    faults           a full, failing, locked, slow, lost disk under a whole server
    start_and_stop   a fault at every step of opening and closing the log
    recovery         from a million messages to the first acknowledgement
    stuck_readers    readers that do not read, while a room is talked to
    fuzz             random lines to the parser and to sessions, in one process, without sockets
    bad_bytes        floods of what is no chat, while somebody else goes on chatting

Every module here with a `main(argv) -> int` is a program. All but `fuzz` work from outside: a real
`twistd`, real sockets, real files, and `strace` to see or spoil its system calls. Nothing in
the service knows of them, and they know of no table.

    results          what was promised, what was measured
    servers          starting the server; strace
    house            a server whose storage can fail, and every way to fail
    crowd            clients that remember all they were told
    gathering        a crowd for a while, and waiting for what it comes to
    rigged           the same server with its seams wrapped: killed at a point, or careless
    trace            what strace wrote, as events
    disk, replay     a disk without power, and what a server did on it
    logs             logs without a server
    grammar          lines that a client might send
    world            sessions in one process, driven by chance and looked at
    reference        a second line parser, from the document alone (a package)
"""
