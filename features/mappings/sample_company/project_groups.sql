SELECT 项目组编号 AS project_group_id, 名称 AS name, _file, _row FROM groups
