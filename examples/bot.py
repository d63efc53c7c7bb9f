"""Tell the time to whoever says "!time". Usage: bot.py [ENDPOINT [ROOM]]."""

import sys
from datetime import datetime

from twisted.internet.task import react

from chatsvc.client import connect
from chatsvc.core.events import Said


async def main(_reactor, endpoint="tcp:127.0.0.1:8123", room="lobby"):
    """Run the bot."""
    bot = await connect(endpoint, "timebot", rooms=[room]).addErrback(lambda no: sys.exit(no.value))
    async for event in bot.events():
        if isinstance(event, Said) and event.text == "!time":
            await bot.say(event.room, f"{event.nick}: it is {datetime.now():%H:%M}.")


react(main, sys.argv[1:])
