"""Make `chatsvc` known to twistd and twist."""

from twisted.application.service import ServiceMaker

chatsvc = ServiceMaker("chatsvc", "chatsvc.tap", "A chat-room service.", "chatsvc")
