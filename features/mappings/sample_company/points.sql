SELECT
    流水号 AS entry_id,
    工号 AS employee_id,
    TRY_CAST(时间 AS TIMESTAMP) - INTERVAL 8 HOUR AS occurred_at,
    积分 AS amount,
    CASE 事由 WHEN '参加活动' THEN 'participation' WHEN '生日积分' THEN 'birthday'
        WHEN '积分兑换' THEN 'redemption' END AS reason,
    活动编号 AS activity_id,
    _file,
    _row
FROM ledger
