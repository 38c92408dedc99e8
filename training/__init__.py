"""Datasets, models, evaluation and the registry.

- `plan`: which activities are asked about at which moments
- `labels`: what came of them
- `rows`: training rows: pair features, employee features and affinity, with their labels
- `affinity`: LightFM over attributes of people and activities, refitted as time goes
- `participation`: the two calibrated stages, registering and attending
- `headcounts`: from probabilities of pairs to counts that share an activity's luck
- `rolling`: predictions that only ever saw the past
- `baselines`, `metrics`: what a forecast must beat, and how that is measured
- `backtest`: the two protocols replayed; `team_counts`, `horizons`: teams, and other leads
- `backtest_report`, `ranking_report`: what a replay says of itself, from `paired`,
  `group_reliability`, `count_coverage`, `size_classes` and `ranking_metrics`
- `report`: the pictures of a training run
- `fitting`: both models for now; `predicting`, `explaining`: what serving asks of them
- `registry/`: MLflow: runs, models, aliases, the promotion log
"""
