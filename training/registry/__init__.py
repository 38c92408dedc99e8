"""MLflow: runs, the two registered models, aliases and the promotion log.

- `store`: where MLflow keeps things, with telemetry off
- `model_code`: the models as MLflow loads them, from code
- `registering`: log a run and register its pair
- `studies`: log a search for hyperparameters
- `aliases`: champion and challenger; promote, roll back, and the log of both
"""
