-- Venue ids are decimals in events ('822548.0') and integers in venues; some venues stand twice.
WITH places AS (
    SELECT
        regexp_replace(venue_id, '\.0$', '') AS place_id,
        first(city ORDER BY _row) AS city,
        first(lat ORDER BY _row) AS lat,
        first(lon ORDER BY _row) AS lon
    FROM venues
    GROUP BY ALL
),

topics AS (
    SELECT group_id, to_json(map(list(topic_id), list(1.0 / n_topics))) AS tags
    FROM (
        SELECT group_id, topic_id, count(*) OVER (PARTITION BY group_id) AS n_topics
        FROM (SELECT DISTINCT group_id, topic_id FROM groups_topics)
        ORDER BY group_id, topic_id
    )
    GROUP BY group_id
),

named AS (
    SELECT
        *,
        regexp_replace(venue_id, '\.0$', '') AS place_id,
        CAST(utc_offset AS BIGINT) // 60000 AS offset_minutes,
        -- A title without its digits and punctuation: 'Hike #12!' and 'Hike #13' are one series.
        trim(regexp_replace(lower(title), '[^\p{L}]+', ' ', 'g')) AS series_title
    FROM events
)

SELECT
    e.event_id AS activity_id,
    -- Also for a title that stands once: whether it will repeat is not known at the time.
    CASE WHEN e.series_title <> '' THEN e.group_id || ':' || left(md5(e.series_title), 12) END
        AS series_id,
    e.title,
    e.keywords AS description,
    t.tags,
    CASE WHEN e.place_id IS NOT NULL THEN 'onsite' END AS mode,
    e.place_id,
    p.city,
    p.lat AS latitude,
    p.lon AS longitude,
    printf(
        '%s%02d:%02d',
        CASE WHEN e.offset_minutes < 0 THEN '-' ELSE '+' END,
        abs(e.offset_minutes) // 60,
        abs(e.offset_minutes) % 60
    ) AS timezone,
    epoch_ms(CAST(e.starts AS BIGINT)) AS starts_at,
    to_json({'project_group': [e.group_id]}) AS audience,
    e._file,
    e._row
FROM named AS e
LEFT JOIN places AS p ON e.place_id = p.place_id
LEFT JOIN topics AS t ON e.group_id = t.group_id
