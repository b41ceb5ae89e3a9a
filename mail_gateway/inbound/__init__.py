"""From the bytes on the wire to a mail that the desk can act upon.

The order in which a mail meets the modules: `parsing_process` (bounds), `parse` with `mime` (format), `bodies`,
`texts`, `html_text`, `attachments`, `invites` (content), `reply_text`, `language`, `kinds` (meaning), then
`screening`.
"""
