SELECT group_id AS project_group_id, name, _file, _row FROM groups
