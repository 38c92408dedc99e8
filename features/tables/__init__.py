"""Exports become canonical tables here: immutable Parquet snapshots that all else reads.

schemas     the canonical tables: the contract between everyone
importing   the import from start to end, whole or not at all
mapping     a mapping folder: declared files, one SELECT a table, modes
sources     an export's files as Arrow tables; files, json_lines, database read one kind each
engine      DuckDB in memory, bounded and without network
views       the files as DuckDB views, read when needed
casting     text to canonical values, as SQL
rules       what each row must keep, as SQL
staging     one table cast, with the first rule that each row breaks
counting    what became of its rows
merging     an export's rows with those of the import before
shrinking   refuses an export that lost too much
until       until when an import knows everything
quarantine  rows that broke a rule, as CSV
report      what an import did, in words and as JSON
checks      the strict Pandera schema that each table passes at the border
snapshots   the store and its manifest
durable     files that survive a stop at any moment
"""
