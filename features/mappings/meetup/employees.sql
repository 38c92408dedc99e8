-- A member is hired at the first join. Where a member works is not known.
SELECT
    member_id AS employee_id,
    epoch_ms(CAST(joined AS BIGINT)) AS hired_at,
    'America/Denver' AS timezone,
    false AS profiling_opt_out,
    _file,
    _row
FROM members
QUALIFY row_number() OVER (PARTITION BY member_id ORDER BY CAST(joined AS BIGINT), _row) = 1
