"""How people behave: every formula and constant, in one place.

For person i and activity a, both as of the launch (the moment of the announcement, or of the hire
for someone hired after it), the logit of signing up when it is i's turn to decide is

    u(i, a)  = BASE[template] + propensity_i + sum over tags k of share_k * taste_ik(t)
             + PLACE[online, own city or another city] + slot_i[slot]
             + keenness_i * log2(1 + points / 25)
             + NOTICE * log(days of notice / 10), notice held within [2, 30]
             + WORKLOAD * load_i(week of the start)
             + NEW * max(0, 1 - max(0, tenure_days - 90) / 60)
             + MOMENTUM * (recent_i - 0.5) * n_i / (n_i + 2)
    logit    = u(i, a) + luck_a + luck_{team, a} + CONTAGION * x_i

- `taste_ik(t) = TASTE[function, k] + own_ik + drift_ik * years since the begin`, function as of t
- `propensity_i` and `own_ik` are normal; the KEEN_SHARE of people who are keen on points have
  KEEN_PROPENSITY on top, and the greater of the two KEENNESS, times a lognormal
- `recent_i`: the share of the `n_i` activities of the last 60 days to which i came
- `luck_a ~ N(0, ACTIVITY_LUCK)`, one draw for all invited; `luck_{team, a} ~ N(0, TEAM_LUCK)`, one
  for each project group
- `x_i`: the share of i's invited colleagues, weighted by how much they write to each other, who
  signed up in an earlier round. Each person decides once, in round 1, 2 or 3 with the chances
  ROUNDS (people hired after the announcement: in round 3); a round is a part of the time between
  announcement and start. A person who leaves before the start never signs up.

One who signed up withdraws with probability WITHDRAWS; of the others, one comes with logit

    v(i, a)  = COMES[template] + reliability_i + COMES_LOAD * load_i(week of the start)
             + COMES_KEEN * keenness_i

An activity changed after its announcement is judged by its first schedule; only leaving is by the
last. Taking part is coming; for TAKES_PART_BY_SIGNING_UP it is having signed up and not withdrawn.
Capacities never bind: the room chosen holds all invited.
"""

import numpy as np

from sample_company.vocabulary import TEMPLATES

BASE = dict(zip(TEMPLATES, (-2.24, -1.17, 0.04, -1.10, 2.48, -1.75, -1.98), strict=True))
# rows: R&D, customer success, corporate; columns: TAGS
TASTE = np.array(
    [
        [3.85, -2.20, -0.70, 0.35, 0.05, 0.20, 0.15, -0.10, -0.40],
        [-0.40, -0.65, 0.90, 0.20, 0.25, 0.20, 0.25, 0.10, 0.10],
        [-1.10, 0.15, -0.10, 0.05, 0.30, 0.25, 0.20, 0.35, 0.45],
    ]
)
PROPENSITY_SD, TASTE_SD, DRIFT_SD = 0.55, 0.45, 0.15
ONLINE, OWN_CITY, OTHER_CITY = 0.0, 0.15, -2.2
SLOT_MEAN, SLOT_SD = np.array([0.08, -0.05, 0.05, -0.40]), 0.30
KEEN_SHARE, KEENNESS, KEENNESS_SD, REWARD_UNIT = 0.23, (0.08, 2.3), 0.25, 25.0
KEEN_PROPENSITY = 1.55
NOTICE, NOTICE_RANGE, USUAL_NOTICE = 0.18, (2.0, 30.0), 10.0
WORKLOAD = -0.30
NEW, NEW_DAYS, NEW_FADES = 3.5, 90.0, 60.0
MOMENTUM, MOMENTUM_DAYS = 0.5, 60
CONTAGION = 0.9
ACTIVITY_LUCK, TEAM_LUCK = 0.30, 0.15
ROUNDS = (0.40, 0.35, 0.25)
ROUND_ENDS = (0.0, 0.3, 0.65, 1.0)
WITHDRAWS = 0.015
COMES = dict(zip(TEMPLATES, (3.0, 2.8, 3.0, 2.6, 3.6, 3.0, 2.6), strict=True))
RELIABILITY_SD, COMES_LOAD, COMES_KEEN = 0.5, -0.4, 0.4
TAKES_PART_BY_SIGNING_UP = ("cross_project_task",)
DECLINES = 0.22
