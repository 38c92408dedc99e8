SELECT
    里程碑编号 AS milestone_id,
    项目组编号 AS project_group_id,
    计划完成日 AS due_on,
    实际完成日 AS done_on,
    _file,
    _row
FROM due
