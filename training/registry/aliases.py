"""Champion and challenger: promote and roll back, with figures of both pairs in the log."""

from collections.abc import Mapping
from datetime import UTC, datetime

from features.errors import InputError, NotReadyError
from features.home import Home
from training.registry.promotions import Entry, append_promotion, promotion_log
from training.registry.store import MODELS, mlflow_for, registered_name


def alias_versions(home: Home, alias: str) -> dict[str, str]:
    """The version of each model that has the alias; empty where none has."""
    if not (home.mlruns / "mlflow.db").is_file():
        return {}
    client = mlflow_for(home).MlflowClient()
    found = {}
    for model in MODELS:
        versions = client.search_registered_models(f"name='{registered_name(model)}'")
        if not versions or alias not in versions[0].aliases:
            return {}
        found[model] = str(versions[0].aliases[alias])
    return found


def check_one_run(home: Home, versions: Mapping[str, str]) -> None:
    """Refuse a pair whose models come from two runs: it was never judged together.

    Raises:
        NotReadyError: a promotion or rollback was stopped between its two models.
    """
    client = mlflow_for(home).MlflowClient()
    runs = {
        client.get_model_version(registered_name(model), version).run_id
        for model, version in versions.items()
    }
    if len(runs) > 1:
        raise NotReadyError(
            "models must come from one run, found {count}: a promotion was stopped half way; "
            "give `huoli models promote` or `rollback` again",
            count=len(runs),
        )  # fmt: skip


def model_list(home: Home) -> list[Entry]:
    """Every registered version: model, version, aliases, run_id, created_at; newest first."""
    if not (home.mlruns / "mlflow.db").is_file():
        return []
    client = mlflow_for(home).MlflowClient()
    entries = []
    for model in MODELS:
        registered = client.search_registered_models(f"name='{registered_name(model)}'")
        aliases = registered[0].aliases if registered else {}
        entries += [
            {
                "model": model,
                "version": str(found.version),
                "aliases": [a for a, v in aliases.items() if str(v) == str(found.version)],
                "run_id": found.run_id,
                "created_at": datetime.fromtimestamp(
                    found.creation_timestamp / 1000, UTC
                ).isoformat(timespec="seconds"),
            }
            for found in client.search_model_versions(f"name='{registered_name(model)}'")
        ]
    return sorted(entries, key=lambda entry: -int(entry["version"]))


def set_first_champion(home: Home, versions: Mapping[str, str]) -> str:
    """Make the pair champion where there is none, else challenger; say which."""
    first = not alias_versions(home, "champion")
    alias = "champion" if first else "challenger"
    _point(home, alias, versions)
    if first:
        _append(home, "first", {}, versions, "the first trained pair")
    return alias


def promote(home: Home, reason: str, by: str | None = None) -> Entry:
    """Make the challenger champion; `by` says who, by default as the system knows the person.

    Raises:
        NotReadyError: there is no challenger.
    """
    challenger = alias_versions(home, "challenger")
    if not challenger:
        raise NotReadyError("no model is challenger; run `huoli train` to make one")
    champion = alias_versions(home, "champion")
    _point(home, "champion", challenger)
    client = mlflow_for(home).MlflowClient()
    for model in MODELS:
        client.delete_registered_model_alias(registered_name(model), "challenger")
    return _append(home, "promote", champion, challenger, reason, by)


def roll_back(home: Home, reason: str, by: str | None = None) -> Entry:
    """Make the pair champion that was so before the present one was promoted.

    A second time goes one promotion further back, never again to what was rolled back.

    Raises:
        InputError: there was none before.
    """
    current, former = alias_versions(home, "champion"), former_champion(home)
    _point(home, "champion", former)
    return _append(home, "rollback", current, former, reason, by)


def former_champion(home: Home) -> dict[str, str]:
    """The pair that was champion before the present one was promoted.

    Raises:
        InputError: there was none before.
    """
    current = alias_versions(home, "champion")
    earlier: list[dict[str, str]] = [
        entry["from"]
        for entry in promotion_log(home)
        if entry["action"] == "promote" and entry["to"] == current and entry["from"]
    ]
    if not current or not earlier:
        raise InputError("models no champion came before this one; nothing to roll back to")
    return earlier[-1]


def _point(home: Home, alias: str, versions: Mapping[str, str]) -> None:
    client = mlflow_for(home).MlflowClient()
    for model in MODELS:
        client.set_registered_model_alias(registered_name(model), alias, versions[model])


def _append(
    home: Home,
    action: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    reason: str,
    by: str | None = None,
) -> Entry:
    metrics = {"from": _metrics(home, before), "to": _metrics(home, after)}
    return append_promotion(home, action, before, after, reason, metrics, by)


def _metrics(home: Home, versions: Mapping[str, str]) -> dict[str, float]:
    """The figures of the run that made the pair; empty where none is known."""
    if not versions:
        return {}
    client = mlflow_for(home).MlflowClient()
    model = MODELS[0]
    run = client.get_model_version(registered_name(model), versions[model]).run_id
    return dict(client.get_run(run).data.metrics) if run else {}
