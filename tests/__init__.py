"""The tests; the folders mirror chatsvc/."""
