"""Datasets, models, evaluation and the registry.

- `plan`: which activities are asked about at which moments
- `labels`: what came of them
- `rows`: training rows: pair features, employee features and affinity, with their labels
- `affinity`: LightFM over attributes of people and activities, refitted as time goes
- `participation`: the two calibrated stages, registering and attending; `starting`: where their
  trees start; `hyperparameters`, `tuning`, `tuning_folds`: what is searched for, and on what
- `headcounts`: from probabilities of pairs to counts that share an activity's luck, which `luck`
  fits on past forecasts
- `rolling`: predictions that only ever saw the past
- `baselines`, `metrics`: what a forecast must beat, and how that is measured
- `backtest`: the two protocols replayed; `team_counts`, `horizons`: teams, and other leads
- `backtest_report`, `ranking_report`: what a replay says of itself, from `paired`,
  `group_reliability`, `count_coverage`, `size_classes` and `ranking_metrics`
- `ablation`: what each group of features earns
- `report`: the pictures of a training run
- `fitting`: both models for now; `saving`: their files; `predicting`, `explaining`, `reasons`: what
  serving asks of them; `comparing`, `effects`, `past_designs`: what a change of design would do;
  `designing`: the search for a better one
- `registry/`: MLflow: runs, models, aliases, the promotion log
"""
