"""The `huoli` command: one file per command, each of which calls the packages below.

- `cli`: the command group; imports a command's file only when that command runs
- `console`: how commands speak: results as text or JSON, progress bars, errors
- `commands/`: one module per command
"""
