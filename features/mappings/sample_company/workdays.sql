-- Some hours are typed in full-width digits.
SELECT
    工号 AS employee_id,
    TRY_STRPTIME(日期, '%Y%m%d') AS day,
    translate(工时, '０１２３４５６７８９．', '0123456789.') AS hours,
    加班 AS overtime_hours,
    CASE WHEN 缺勤 IS NULL THEN false WHEN 缺勤 IN ('年假', '病假', '事假') THEN true END AS absent,
    _file,
    _row
FROM attendance
