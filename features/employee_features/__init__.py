"""What is known of employees and activities at a moment T, as Ibis expressions over the tables.

The same expressions run on DuckDB and on Spark: no as-of join, times in UTC, sums in whole numbers
so that neither the order of rows nor the number of threads changes a value.

- `catalogue`: the features' names, what each says, and the tables it needs
- `clocks`: time zones as small tables: where local days end, and how far clocks are ahead
- `days`: the days T asked for; at which of them a row begins and ceases to count
- `records`: rows as of a moment: versions, local days, newest records, people employed
- `behaviour`, `participation`, `preference`, `social`: one family each
- `activity`: facts of an activity's own row
- `inputs`: the tables, with empty ones in place of what the import had none of
"""

from features.employee_features.catalogue import (
    ACTIVITY_FEATURES,
    ANSWER_FEATURES,
    EMPLOYEE_FEATURES,
    FAMILIES,
    Feature,
    switched_off,
)

__all__ = [
    "ACTIVITY_FEATURES",
    "ANSWER_FEATURES",
    "EMPLOYEE_FEATURES",
    "FAMILIES",
    "Feature",
    "switched_off",
]
