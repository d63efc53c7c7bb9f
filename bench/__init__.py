"""The bench: chatsvc beside other servers on one machine, in one run.

    python -m bench --quick --only small,pairs --servers floor,chatsvc

See docs/performance.md for what is measured and how.
"""
