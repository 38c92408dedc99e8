SELECT 工号 AS employee_id, 周期截止日 AS period_end, 得分 AS score, _file, _row FROM reviews
