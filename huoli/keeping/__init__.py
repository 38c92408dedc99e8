"""Backups: a whole home in one archive, and a home made of one.

- `contents`: which files belong to a home
- `manifest`: what an archive says of itself and of every file in it
- `archive`: writing an archive, and reading one without trusting it
- `backing_up`: a consistent archive while events arrive, read back before it has its name
- `restoring`: a home beside its place, checked, migrated, and renamed at the end
- `moving`: what is done to a restored home before it has its name
"""
