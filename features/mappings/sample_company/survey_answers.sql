-- A submission holds several answers; topics are named as activities name them.
WITH topics AS (
    SELECT * FROM (VALUES
        ('技术', 'technical'), ('企业知识', 'corporate'), ('客户', 'customer'), ('游戏', 'games'),
        ('社交', 'social'), ('员工故事', 'stories'), ('协作', 'collaboration'),
        ('健康', 'wellbeing'), ('管理', 'management'), ('技术挑战', 'technical_challenge'),
        ('客户故事', 'customer_story'), ('知识竞答', 'knowledge_quiz'), ('桌游', 'board_games'),
        ('员工故事会', 'employee_stories'), ('跨项目任务', 'cross_project_task'),
        ('课程', 'course'), ('个人', 'individual'), ('团队', 'team'), ('线上', 'online'),
        ('现场', 'onsite')
    ) AS t(chinese, name)
),

answers AS (
    SELECT
        工号, 提交, _file, _row,
        unnest(from_json(回答, '[{"题": "VARCHAR", "分": "DOUBLE"}]')) AS answer
    FROM surveys
)

SELECT
    a.工号 AS employee_id,
    epoch_ms(CAST(a.提交 AS BIGINT)) AS answered_at,
    t.name AS topic,
    a.answer.分 AS rating,
    a._file,
    a._row
FROM answers AS a LEFT JOIN topics AS t ON a.answer.题 = t.chinese
