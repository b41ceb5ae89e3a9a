"""What the desk's mail server says: one table, so that no reply ever holds the text of an exception.

Codes are of RFC 5321, the enhanced codes behind them of RFC 3463. Our own failures are passing ones (4xx):
a 5xx would make the sender's server give the mail back to the person who wrote it.
"""

KEPT = "250 2.0.0 Your mail is kept"
GO_ON = "250 2.1.5 Recipient accepted"
SEND_DATA = "354 End data with <CR><LF>.<CR><LF>"
OUR_FAILURE = "451 4.3.0 The mail cannot be kept just now; please try again later"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients; please send to the others in another mail"
TOO_MANY_CONNECTIONS = "421 4.3.2 Too many connections; please try again later"
GOING_DOWN = "421 4.3.2 The server is stopping; please try again later"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors; please try again later"
TOO_LONG = "421 4.4.2 No mail came for a long time; please try again later"
NOT_MAIL = "421 4.7.0 This is a mail server"
NO_SUCH_RECIPIENT = "550 5.1.1 There is no such address here"
NO_RELAYING = "550 5.7.1 This server takes mail for its own domain only"
TOO_LARGE = "552 5.3.4 The mail is larger than this server takes"
LINE_TOO_LONG = "554 5.6.0 A line of the mail is longer than this server takes"

TLS_FIRST = "530 5.7.0 Please begin with STARTTLS"

REWORDED = {
    "552 Error: message size exceeds fixed maximum message size": TOO_LARGE,
    "530 Must issue a STARTTLS command first": TLS_FIRST,
}
"""Replies of aiosmtpd that lack the enhanced code which senders act upon."""
