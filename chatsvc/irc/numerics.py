"""Every numeric that the server sends, with its number and its text.

The names and numbers are those of "Modern" (https://modern.ircdocs.horse/#numerics) and of
the IRCv3 specifications; where servers differ, what most of them send. The text is what
people are shown; `{words}` in it are filled in. Numerics that end in parameters for programs
have no text.
"""

import attrs


@attrs.frozen
class Numeric:
    """A numeric reply: three digits, and the text that is its last parameter; "": none."""

    number: str
    text: str = ""


# Connection registration

RPL_WELCOME = Numeric("001", "Welcome to {network}, {nick}")
RPL_YOURHOST = Numeric("002", "Your host is {server}, running {version}")
RPL_CREATED = Numeric("003", "This server was started {time}")
RPL_MYINFO = Numeric("004")
RPL_ISUPPORT = Numeric("005", "are supported by this server")

# What is there

RPL_UMODEIS = Numeric("221")
RPL_LUSERCLIENT = Numeric("251", "There are {visible} users and {invisible} invisible on 1 servers")
RPL_LUSEROP = Numeric("252", "operator(s) online")
RPL_LUSERUNKNOWN = Numeric("253", "unknown connection(s)")
RPL_LUSERCHANNELS = Numeric("254", "channels formed")
RPL_LUSERME = Numeric("255", "I have {users} clients and 0 servers")
RPL_ADMINME = Numeric("256", "Administrative info")
RPL_ADMINLOC1 = Numeric("257", "{line}")
RPL_ADMINLOC2 = Numeric("258", "{line}")
RPL_ADMINEMAIL = Numeric("259", "{line}")
RPL_TRYAGAIN = Numeric("263", "Please wait a while and try again.")
RPL_LOCALUSERS = Numeric("265", "Current local users {users}, max {most}")
RPL_GLOBALUSERS = Numeric("266", "Current global users {users}, max {most}")
RPL_WHOISCERTFP = Numeric("276", "has client certificate fingerprint {fingerprint}")

# Users

RPL_NONE = Numeric("300", "{line}")
RPL_AWAY = Numeric("301", "{reason}")
RPL_USERHOST = Numeric("302", "{replies}")
RPL_ISON = Numeric("303", "{nicks}")
RPL_UNAWAY = Numeric("305", "You are no longer marked as being away")
RPL_NOWAWAY = Numeric("306", "You have been marked as being away")
RPL_WHOISREGNICK = Numeric("307", "has identified for this nick")
RPL_WHOISUSER = Numeric("311", "{realname}")
RPL_WHOISSERVER = Numeric("312", "{info}")
RPL_WHOISOPERATOR = Numeric("313", "is an operator of the server")
RPL_WHOWASUSER = Numeric("314", "{realname}")
RPL_ENDOFWHO = Numeric("315", "End of WHO list")
RPL_WHOISIDLE = Numeric("317", "seconds idle, signon time")
RPL_ENDOFWHOIS = Numeric("318", "End of WHOIS list")
RPL_WHOISCHANNELS = Numeric("319", "{channels}")
RPL_WHOISACCOUNT = Numeric("330", "is logged in as")
RPL_WHOISBOT = Numeric("335", "is a bot")
RPL_WHOISACTUALLY = Numeric("338", "is actually using host")
RPL_WHOISHOST = Numeric("378", "is connecting from {host}")
RPL_WHOISMODES = Numeric("379", "is using modes {modes}")
RPL_WHOISSECURE = Numeric("671", "is using a secure connection")
RPL_WHOREPLY = Numeric("352", "0 {realname}")
RPL_WHOSPCRPL = Numeric("354")
RPL_ENDOFWHOWAS = Numeric("369", "End of WHOWAS")
RPL_VISIBLEHOST = Numeric("396", "is now your visible host")

# Channels

RPL_LISTSTART = Numeric("321", "Users  Name")
RPL_LIST = Numeric("322", "{topic}")
RPL_LISTEND = Numeric("323", "End of LIST")
RPL_CHANNELMODEIS = Numeric("324")
RPL_CREATIONTIME = Numeric("329")
RPL_NOTOPIC = Numeric("331", "No topic is set")
RPL_TOPIC = Numeric("332", "{topic}")
RPL_TOPICWHOTIME = Numeric("333")
RPL_INVITELIST = Numeric("336")
RPL_ENDOFINVITELIST = Numeric("337", "End of invite list")
RPL_INVITING = Numeric("341")
RPL_INVEXLIST = Numeric("346")
RPL_ENDOFINVEXLIST = Numeric("347", "End of channel invite exception list")
RPL_EXCEPTLIST = Numeric("348")
RPL_ENDOFEXCEPTLIST = Numeric("349", "End of channel exception list")
RPL_NAMREPLY = Numeric("353", "{names}")
RPL_ENDOFNAMES = Numeric("366", "End of NAMES list")
RPL_BANLIST = Numeric("367")
RPL_ENDOFBANLIST = Numeric("368", "End of channel ban list")

# The server

RPL_VERSION = Numeric("351", "{comments}")
RPL_LINKS = Numeric("364", "0 {info}")
RPL_ENDOFLINKS = Numeric("365", "End of LINKS list")
RPL_INFO = Numeric("371", "{line}")
RPL_MOTD = Numeric("372", "{line}")
RPL_ENDOFINFO = Numeric("374", "End of INFO list")
RPL_MOTDSTART = Numeric("375", "- {server} Message of the day -")
RPL_ENDOFMOTD = Numeric("376", "End of MOTD command")
RPL_YOUREOPER = Numeric("381", "You are now an IRC operator")
RPL_REHASHING = Numeric("382", "Rehashing")
RPL_TIME = Numeric("391", "{time}")

# Refusals

ERR_UNKNOWNERROR = Numeric("400", "{sentence}")
ERR_NOSUCHNICK = Numeric("401", "No such nick/channel")
ERR_NOSUCHSERVER = Numeric("402", "No such server")
ERR_NOSUCHCHANNEL = Numeric("403", "No such channel")
ERR_CANNOTSENDTOCHAN = Numeric("404", "{sentence}")
ERR_TOOMANYCHANNELS = Numeric("405", "You have joined too many channels")
ERR_WASNOSUCHNICK = Numeric("406", "There was no such nickname")
ERR_TOOMANYTARGETS = Numeric("407", "Too many recipients")
ERR_NOORIGIN = Numeric("409", "No origin specified")
ERR_INVALIDCAPCMD = Numeric("410", "Invalid CAP command")
ERR_NORECIPIENT = Numeric("411", "No recipient given ({command})")
ERR_NOTEXTTOSEND = Numeric("412", "No text to send")
ERR_INPUTTOOLONG = Numeric("417", "Input line was too long")
ERR_UNKNOWNCOMMAND = Numeric("421", "Unknown command")
ERR_NOMOTD = Numeric("422", "MOTD File is missing")
ERR_NONICKNAMEGIVEN = Numeric("431", "No nickname given")
ERR_ERRONEUSNICKNAME = Numeric("432", "{sentence}")
ERR_NICKNAMEINUSE = Numeric("433", "{sentence}")
ERR_BANONCHAN = Numeric("435", "{sentence}")
ERR_USERNOTINCHANNEL = Numeric("441", "They aren't on that channel")
ERR_NOTONCHANNEL = Numeric("442", "You're not on that channel")
ERR_USERONCHANNEL = Numeric("443", "is already on channel")
ERR_NOTREGISTERED = Numeric("451", "You have not registered")
ERR_NEEDMOREPARAMS = Numeric("461", "Not enough parameters")
ERR_ALREADYREGISTERED = Numeric("462", "You may not reregister")
ERR_PASSWDMISMATCH = Numeric("464", "Password incorrect")
ERR_YOUREBANNEDCREEP = Numeric("465", "You are banned from this server")
ERR_INVALIDUSERNAME = Numeric("468", "Your username is not valid")
ERR_LINKCHANNEL = Numeric("470", "Forwarding to another channel")
ERR_CHANNELISFULL = Numeric("471", "Cannot join channel (+l)")
ERR_UNKNOWNMODE = Numeric("472", "is unknown mode char to me")
ERR_INVITEONLYCHAN = Numeric("473", "Cannot join channel (+i)")
ERR_BANNEDFROMCHAN = Numeric("474", "{sentence}")
ERR_BADCHANNELKEY = Numeric("475", "Cannot join channel (+k)")
ERR_BADCHANMASK = Numeric("476", "Bad channel mask")
ERR_NEEDREGGEDNICK = Numeric("477", "{sentence}")
ERR_BANLISTFULL = Numeric("478", "Channel list is full")
ERR_NOPRIVILEGES = Numeric("481", "Permission Denied- You're not an IRC operator")
ERR_CHANOPRIVSNEEDED = Numeric("482", "{sentence}")
ERR_CANTKILLSERVER = Numeric("483", "You can't kill a server!")
ERR_NOOPERHOST = Numeric("491", "No O-lines for your host")
ERR_UMODEUNKNOWNFLAG = Numeric("501", "Unknown MODE flag")
ERR_USERSDONTMATCH = Numeric("502", "Can't change mode for other users")
ERR_HELPNOTFOUND = Numeric("524", "No help is available on this topic")
ERR_CANNOTSENDRP = Numeric("573", "{sentence}")
ERR_INVALIDMODEPARAM = Numeric("696", "{sentence}")
RPL_HELPSTART = Numeric("704", "{line}")
RPL_HELPTXT = Numeric("705", "{line}")
RPL_ENDOFHELP = Numeric("706", "End of help")
ERR_NOPRIVS = Numeric("723", "Insufficient oper privileges.")

# Monitor: https://ircv3.net/specs/extensions/monitor

RPL_MONONLINE = Numeric("730", "{targets}")
RPL_MONOFFLINE = Numeric("731", "{targets}")
RPL_MONLIST = Numeric("732", "{targets}")
RPL_ENDOFMONLIST = Numeric("733", "End of MONITOR list")
ERR_MONLISTFULL = Numeric("734", "Monitor list is full")


# Metadata: https://ircv3.net/specs/extensions/metadata

RPL_WHOISKEYVALUE = Numeric("760", "{value}")
RPL_KEYVALUE = Numeric("761", "{value}")
RPL_KEYNOTSET = Numeric("766", "key not set")
RPL_METADATASUBOK = Numeric("770")
RPL_METADATAUNSUBOK = Numeric("771")
RPL_METADATASUBS = Numeric("772")
RPL_METADATASYNCLATER = Numeric("774")

# Accounts: https://ircv3.net/specs/extensions/sasl-3.1

RPL_LOGGEDIN = Numeric("900", "You are now logged in as {account}")
RPL_LOGGEDOUT = Numeric("901", "You are now logged out")
ERR_NICKLOCKED = Numeric("902", "You must use a nick assigned to you")
RPL_SASLSUCCESS = Numeric("903", "SASL authentication successful")
ERR_SASLFAIL = Numeric("904", "{sentence}")
ERR_SASLTOOLONG = Numeric("905", "SASL message too long")
ERR_SASLABORTED = Numeric("906", "SASL authentication aborted")
ERR_SASLALREADY = Numeric("907", "You have already authenticated using SASL")
RPL_SASLMECHS = Numeric("908", "are available SASL mechanisms")

BY_NAME: dict[str, Numeric] = {
    name: value for name, value in list(globals().items()) if isinstance(value, Numeric)
}
"""Every numeric by its name."""
