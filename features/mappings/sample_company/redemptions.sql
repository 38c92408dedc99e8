SELECT
    兑换单号 AS redemption_id,
    工号 AS employee_id,
    TRY_CAST(时间 AS TIMESTAMP) - INTERVAL 8 HOUR AS occurred_at,
    物品 AS item,
    消耗积分 AS points,
    _file,
    _row
FROM exchanges
