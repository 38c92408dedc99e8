SELECT
    发送人 AS employee_id,
    接收人 AS other_employee_id,
    日期 AS day,
    CASE 渠道 WHEN '即时消息' THEN 'chat' WHEN '邮件' THEN 'mail' WHEN '会议' THEN 'meeting' END
        AS channel,
    消息数 AS n_messages,
    _file,
    _row
FROM chat
