"""Tests of chatsvc.wire."""
