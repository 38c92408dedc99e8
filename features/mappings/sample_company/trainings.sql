-- 标签 lists one or two tags, each an equal share of the course.
WITH names AS (
    SELECT * FROM (VALUES
        ('技术', 'technical'), ('企业知识', 'corporate'), ('客户', 'customer'), ('游戏', 'games'),
        ('社交', 'social'), ('员工故事', 'stories'), ('协作', 'collaboration'),
        ('健康', 'wellbeing'), ('管理', 'management')
    ) AS t(chinese, name)
),

shares AS (
    SELECT 标签, to_json(map(list(name ORDER BY name), list(1.0 / n ORDER BY name))) AS tags
    FROM (
        SELECT 标签, unnest(string_split(标签, '；')) AS chinese, len(string_split(标签, '；')) AS n
        FROM (SELECT DISTINCT 标签 FROM courses)
    ) JOIN names USING (chinese)
    GROUP BY 标签
)

SELECT
    记录号 AS training_id,
    工号 AS employee_id,
    课程编号 AS course_id,
    CAST(tags AS VARCHAR) AS tags,
    CAST(报名日期 AS TIMESTAMP) + INTERVAL 1 HOUR AS enrolled_at,
    CAST(完成日期 AS TIMESTAMP) + INTERVAL 10 HOUR AS completed_at,
    成绩 AS score,
    _file,
    _row
FROM courses LEFT JOIN shares USING (标签)
