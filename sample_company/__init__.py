"""A simulated IT-services company and what its eight systems would export.

Imports nothing of ours.
The world, through sixty days after the end:

- `settings`: size, period and seed; named streams of random numbers
- `vocabulary`, `titles`: cities, functions, tags, families of activities, and their words
- `organisation`, `groups`, `people`: hires, leavers, project groups, moves, one reorganisation
- `workload`, `ties`, `latent`: deadlines and overtime, who writes to whom, what each person likes
- `audiences`, `activities`: who is invited to what, when, where and for how many points
- `model`: how people behave: every formula and constant
- `behaviour`, `signups`, `outcomes`: the model for one activity; sign-ups drawn in rounds
- `world`: all of it, simulated in order of time
- `truth`: the true probabilities, redrawn head counts, and what-ifs

What is written, strictly before the end:

- `records`, `ledger`: participations; points and redemptions
- `work_records`, `customer_records`, `surveys`, `chat`: what other systems note
- `dirt`: the duplicates, gaps and stray codes that real exports hold
- `csv_files`, `workbook`: writers that give the same bytes each time
- `export_people`, `export_activities`, `export_work`, `exports`: the files of each system
"""
