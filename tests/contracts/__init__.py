"""One suite for every seam in chatsvc/ports.py; each implementation passes it."""
