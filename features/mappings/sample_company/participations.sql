SELECT
    记录号 AS participation_id,
    工号 AS employee_id,
    活动编号 AS activity_id,
    CASE 动作
        WHEN '浏览' THEN 'viewed' WHEN '报名' THEN 'registered' WHEN '婉拒' THEN 'declined'
        WHEN '取消报名' THEN 'cancelled' WHEN '签到' THEN 'attended' WHEN '进度' THEN 'progressed'
        WHEN '完成' THEN 'completed' WHEN '评分' THEN 'rated' WHEN '评论' THEN 'commented'
        WHEN '点赞' THEN 'liked' WHEN '分享' THEN 'shared'
    END AS kind,
    TRY_CAST(时间 AS TIMESTAMP) - INTERVAL 8 HOUR AS occurred_at,
    数值 AS value,
    _file,
    _row
FROM answers
