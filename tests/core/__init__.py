"""Tests of chatsvc.core."""
