"""The Feast repository: `feature_store.yaml` and one file of definitions.

`feast -c feature_repo apply` registers what `definitions` names; the values are made by
`huoli features`.
"""
