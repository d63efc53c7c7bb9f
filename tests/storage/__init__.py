"""Tests of chatsvc.storage."""
