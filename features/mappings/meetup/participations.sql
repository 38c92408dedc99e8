SELECT
    event_id || ':' || member_id AS participation_id,
    member_id AS employee_id,
    event_id AS activity_id,
    CASE response WHEN 'yes' THEN 'registered' WHEN 'no' THEN 'declined' END AS kind,
    epoch_ms(CAST(created AS BIGINT)) AS occurred_at,
    _file,
    _row
FROM rsvps
