"""What HR reads features under: the groups of an explanation and of an ablation."""

GROUPS = ("theme", "time", "place", "reward", "notice", "workload", "colleagues", "habit")
# the first word that a part of a column's name begins with puts it under its group; what likens
# whole activities to each other goes with the theme, which weighs most in it
GROUP_OF = (
    ("habit", ("registered_28d", "registered_90d", "registered_365d",
               "registered_share_90d", "registered_share_365d")),
    ("theme", ("template", "tags", "text", "title", "series", "affinity", "stated", "organiser",
               "format", "survey", "mode", "rate_alike", "evidence_alike", "crowd_alike",
               "lift_alike", "attends_alike", "yes_alike", "no_alike", "beyond_alike",
               "together", "group_lift", "function_expected")),
    ("time", ("slot", "weekday", "local_", "duration", "competing", "in_time")),
    ("place", ("place", "near", "hood", "here", "spot", "city", "distance", "capacity")),
    ("reward", ("reward", "points", "redem")),
    ("notice", ("notice", "days_to_start", "since_announced")),
    ("workload", ("hours", "overtime", "absent", "deadline", "milestone", "contacts",
                  "complaints", "satisfaction", "performance", "training")),
    ("colleagues", ("companions", "group", "ties", "degree", "messages", "reciprocity",
                    "registered_", "declined_so_far", "cross_", "crowd_", "audience")),
)  # fmt: skip


def group_of(column: str) -> str:
    """The group under which HR reads a feature.

    >>> group_of("rate_slot"), group_of("tenure_days"), group_of("reciprocity_90d")
    ('time', 'habit', 'colleagues')
    """
    parts = f"_{column}"
    found = (group for group, words in GROUP_OF if any(f"_{word}" in parts for word in words))
    return next(found, "habit")


# what a team has now more of, now less; over 28 days, which hold each weekday as often
WORKLOAD = ("days_to_deadline", "open_milestones_14d", "hours_28d", "overtime_hours_28d",
            "absent_days_28d", "n_contacts_28d")  # fmt: skip
