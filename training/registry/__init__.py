"""MLflow: runs, the two registered models, aliases and the promotion log.

- `store`: where MLflow keeps things, with telemetry off
- `model_code`: the models as MLflow loads them, from code
- `registering`: log a run and register its pair; `artefacts`: the digest of its files
- `loading`: the registered pair in memory, once its files are verified
- `studies`: log a search for hyperparameters
- `aliases`: champion and challenger; promote and roll back
- `promotions`: the log of both; `champion`: which pair it is, without MLflow
"""
