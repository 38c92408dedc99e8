"""What happened up to any moment, as compact NumPy arrays built once from the canonical tables.

- `columns`: from Arrow columns to arrays: instants as microseconds, codes for repeated values
- `people`: employees' rows and memberships as of a moment; audiences
- `activity`: activities' rows as of a moment, with their time slot, place, tags and words
- `answers`: what people did about activities, ordered by when it was known
- `history`: the three together; the one object that pair features, labels and serving read
"""
