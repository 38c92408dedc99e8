-- A version holds from its 生效时间: of a draft its creation, of the first public one its
-- announcement, then each change. Place, reward and tags are nested.
SELECT
    活动编号 AS activity_id,
    生效时间 AS valid_from,
    系列 AS series_id,
    标题 AS title,
    简介 AS description,
    CASE 类型
        WHEN '技术挑战' THEN 'technical_challenge' WHEN '客户故事' THEN 'customer_story'
        WHEN '知识竞答' THEN 'knowledge_quiz' WHEN '桌游' THEN 'board_games'
        WHEN '员工故事会' THEN 'employee_stories' WHEN '跨项目任务' THEN 'cross_project_task'
        WHEN '课程' THEN 'course'
    END AS template,
    CAST(to_json(map_from_entries(list_transform(
        from_json(标签, '[{"名称": "VARCHAR", "占比": "DOUBLE"}]'),
        lambda tag: {'key': tag.名称, 'value': tag.占比}
    ))) AS VARCHAR) AS tags,
    CASE 形式 WHEN '团队' THEN 'team' WHEN '个人' THEN 'individual' END AS format,
    CASE json_extract_string(地点, '$.方式') WHEN '线上' THEN 'online' WHEN '现场' THEN 'onsite' END
        AS mode,
    json_extract_string(地点, '$.场地') AS place_id,
    json_extract_string(地点, '$.城市') AS city,
    json_extract_string(地点, '$.坐标.纬度') AS latitude,
    json_extract_string(地点, '$.坐标.经度') AS longitude,
    'Asia/Shanghai' AS timezone,
    发布时间 AS announced_at,
    开始时间 AS starts_at,
    结束时间 AS ends_at,
    取消时间 AS cancelled_at,
    名额 AS capacity,
    组织者 AS organiser_id,
    json_extract_string(奖励, '$.类别') AS reward_kind,
    json_extract_string(奖励, '$.积分') AS reward_points,
    对象 AS audience,
    _file,
    _row
FROM programme
