"""People's rights over everything Huoli holds: exported, erased, and looked for.

- `places`: the files of a home, and what stands beside it
- `searching`: looks for an id in files of every kind; `unpacking` and `reading` open them
- `pages`: the pages of a Parquet file; `cells`: the cells of a SQLite file
- `exporting`: all that is held on one person
- `erasing`: every store without the person, in steps that can be done again; `receipt`
"""
