SELECT
    member_id AS employee_id,
    group_id AS project_group_id,
    epoch_ms(CAST(joined AS BIGINT)) AS started_at,
    _file,
    _row
FROM members
