"""The console of HR staff: pages of the same process and port as the REST calls.

addresses: every page, and the scope that a key needs for it.
session: who is signed in, by a signed cookie; forms that no other site can send.
site: a visit, the pages' answers, and the routes.
rendering: templates in the reader's language.
pictures: charts as SVG, kept by their content.
forecasts: the forecast of an activity as pages show it, computed once.
"""
