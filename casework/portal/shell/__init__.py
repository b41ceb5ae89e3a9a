"""What a page needs to feel at home: session, signed-in person, CSRF, language, layout, panels and error pages.

The edges (mail, chat, payroll) build their own pages on it. A page is a handler that asks `visitor.signed_in` or
`visitor.admitted` who looks, opens one transaction of `keys.shell(request).database`, and ends in
`pages.render_page` with a template that extends `layout.html` (its forms hold `{{ ui.csrf() }}` of `macros.html`) or in
`redirects.see_other`. What goes wrong is raised; `error_pages` knows the page for it. `section.Section` hands
routes, panels, links and the meaning of events to `casework.portal.app.create_app`. A WebSocket handler is reached
only from our own origin, and answers 401 by raising `SignInNeeded` through `visitor.signed_in`.
"""
