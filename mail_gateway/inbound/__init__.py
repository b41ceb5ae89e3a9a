"""From the bytes on the wire to a mail that the desk can act upon.

A mail meets the modules in this order: `parsing_process` (bounds), `parse` with `mime` (format), `bodies`,
`texts`, `html_nesting`, `html_text`, `attachments`, `invites` (content), `reply_text`, `language`, `kinds` (meaning),
and `screening`.
"""
