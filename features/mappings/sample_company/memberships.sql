SELECT
    工号 AS employee_id,
    项目组编号 AS project_group_id,
    TRY_STRPTIME(加入时间, '%Y%m%d %H:%M') - INTERVAL 8 HOUR AS started_at,
    TRY_STRPTIME(离开时间, '%Y%m%d %H:%M') - INTERVAL 8 HOUR AS ended_at,
    CASE 角色 WHEN '组长' THEN 'lead' WHEN '成员' THEN 'member' END AS role,
    _file,
    _row
FROM members
