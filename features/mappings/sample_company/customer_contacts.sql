SELECT
    工号 AS employee_id,
    TRY_STRPTIME(日期, '%Y年%m月%d日') AS day,
    接触次数 AS n_contacts,
    投诉 AS n_complaints,
    满意度 AS satisfaction,
    _file,
    _row
FROM customers
