"""Tests of chatsvc.identity."""
