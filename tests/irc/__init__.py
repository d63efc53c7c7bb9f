"""Tests of chatsvc.irc."""
