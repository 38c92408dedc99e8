"""The `huoli` command: one file per command, each of which calls the packages below.

- `cli`: the command group; imports a command's file only when that command runs
- `console`: how commands speak: results as text or JSON, progress bars, errors
- `loading`, `asking`: what several commands read, and how they ask what the service is asked
- `checks`: what `huoli doctor` looks at
- `steps`: what `huoli run` has to do, and whether that was done
- `report/`: a backtest as one HTML file with pictures
- `commands/`: one module per command
"""
