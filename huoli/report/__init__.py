"""A report as one HTML file that needs nothing else.

page: what a page is made of, and how it is written.
cells: figures as people read them.
launch: the report of `huoli backtest launch`.
ranking: the report of `huoli backtest ranking`.
"""
