-- A topic that a member chose is a 5; of several memberships the first that names it counts.
SELECT
    member_id AS employee_id,
    min(epoch_ms(CAST(joined AS BIGINT))) AS answered_at,
    topic,
    5 AS rating
FROM (SELECT member_id, joined, unnest(string_split(topics, ';')) AS topic FROM members)
WHERE topic <> ''
GROUP BY member_id, topic
