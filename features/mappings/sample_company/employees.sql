-- A row holds from its 生效日期. Days begin at 9:00 and end at 18:00 in Beijing, 1:00 and 10:00 UTC;
-- a leaver's last row holds from the evening. Some grades are in full-width letters.
SELECT
    p.工号 AS employee_id,
    CASE WHEN p.离职日期 IS NULL THEN TRY_STRPTIME(p.生效日期, '%Y/%m/%d') + INTERVAL 1 HOUR
        ELSE TRY_STRPTIME(p.生效日期, '%Y/%m/%d') + INTERVAL 10 HOUR END AS valid_from,
    TRY_STRPTIME(p.入职日期, '%Y/%m/%d') + INTERVAL 1 HOUR AS hired_at,
    TRY_STRPTIME(p.离职日期, '%Y/%m/%d') + INTERVAL 10 HOUR AS left_at,
    CASE p.职能
        WHEN '研发' THEN 'R&D' WHEN '客户成功' THEN 'customer success' WHEN '职能' THEN 'corporate'
    END AS function,
    translate(p.职级, 'Ｐ０１２３４５６７８９', 'P0123456789') AS level,
    regexp_replace(p.城市, '市$', '') AS city,
    o.纬度 AS latitude,
    o.经度 AS longitude,
    'Asia/Shanghai' AS timezone,
    p.个性化推荐 = '关' AS profiling_opt_out,
    p._file,
    p._row
FROM people AS p
LEFT JOIN offices AS o ON regexp_replace(p.城市, '市$', '') = o.城市
