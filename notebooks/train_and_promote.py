# %% [markdown]
# # Train both models, judge them, promote them
#
# For data scientists. It works on the data of `HUOLI_HOME`; where there are none, a small simulated
# company is made in a temporary folder, so that everything can be tried at once.
#
# Open it with `jupytext --to notebook notebooks/train_and_promote.py`, or in an editor that knows
# `# %%` cells, or run it as a plain script.

# %%
import json
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pandas as pd
from IPython.display import Image, display

from features.home import Home, current_home
from features.tables.snapshots import current_or_none, current_tables
from training.registry.aliases import alias_versions, model_list
from training.registry.promotions import promotion_log
from training.registry.store import EXPERIMENT, mlflow_for

EMPLOYEES, MONTHS = 200, 9
pd.set_option("display.float_format", "{:.4f}".format, "display.width", 120)
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"


def huoli(*arguments: object) -> dict:
    """What a command of Huoli answers; the same commands as in a terminal."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "huoli", *map(str, arguments), "--json"],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


# %% [markdown]
# ## Data
#
# What a company's systems export becomes canonical tables (`huoli import`), and those become
# features (`huoli features`). Both do nothing where nothing changed.

# %%
home = current_home()
invented = current_or_none(home) is None
if invented:
    home = Home(Path(tempfile.mkdtemp(prefix="huoli-notebook-")).resolve())
    os.environ["HUOLI_HOME"] = str(home.root)
    exports = home.data / "sample"
    huoli("sample", "--out", exports, "--employees", EMPLOYEES, "--months", MONTHS)
    huoli("import", exports, "--mapping", "sample_company")
known = huoli("features")
data_until = current_tables(home).data_until
print(f"{known['n_online']} employees, {known['n_features']} features of each, until {data_until}")

# %% [markdown]
# ## A champion to beat
#
# The service answers with the pair of models that has the alias *champion*. The first pair ever
# trained becomes champion at once; each later one is *challenger* until somebody promotes it. A new
# company has no champion, so one is trained here on what was known four months ago.

# %%
if not alias_versions(home, "champion"):
    huoli("train", "--until", f"{data_until - timedelta(days=122):%Y-%m-%d}")
champion = alias_versions(home, "champion")
champion

# %% [markdown]
# ## Train
#
# One call fits both models: *participation* (who takes part, asked before launch, with head counts)
# and *recommendation* (who takes part, asked while an activity is open, with LightFM's affinity).

# %%
run = huoli("train")
run["model_version"], run["alias"]

# %% [markdown]
# ## Is it good?
#
# All figures are out of sample: the past is replayed, and each forecast is by a model fitted on
# activities that had started before. What matters is the distance to the simple methods of the same
# rows:
#
# - *base rate*: everyone the same share; *own rate*: the person's share of past invitations;
#   *own group*: the project group's share lately; *past*: counts of the audience's past activities
# - `log_loss`, `calibration_error`, `pinball`, `mae_median`: less is better
# - `auc`, `average_precision`, `ndcg_at_10`: more is better
# - `coverage_90` should be near 0.9, and `width_90` small *at that coverage*

# %%
display(pd.DataFrame(run["metrics"]).T.fillna(""))

# %% [markdown]
# The same figures and the pictures stand in the MLflow run, beside those of every earlier one. In
# `HUOLI_HOME`, `mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db` shows them in a browser.

# %%
mlflow = mlflow_for(home)
logged = mlflow.MlflowClient().get_run(run["run_id"])
report = Path(mlflow.artifacts.download_artifacts(run_id=run["run_id"], artifact_path="report"))
pictures = sorted(report.glob("*.png"))
for picture in pictures:
    print(picture.name)
    display(Image(filename=str(picture)))

# %% [markdown]
# How to read them: in *calibration*, points on the diagonal mean that of those given 30%, 30% came.
# In *turnout*, crosses should lie inside nine of ten bars. In *gain by history*, bars above zero
# say for whom the model beats the person's own rate: a newcomer's has to come from others alike.

# %% [markdown]
# ## Champion against challenger
#
# Two runs with different ends of data are judged on different activities. So compare how far each
# lies from *its own* baselines, not the bare figures.

# %%
of_run = {entry["version"]: entry["run_id"] for entry in model_list(home)
          if entry["model"] == "participation"}  # fmt: skip
runs = mlflow.search_runs(experiment_names=[EXPERIMENT]).set_index("run_id")
DISTANCES = {
    "launch: log-loss below own rate": ("launch_own_rate.log_loss", "launch.log_loss"),
    "ranking: NDCG@10 above popularity": ("ranking.ndcg_at_10", "ranking_popularity.ndcg_at_10"),
}
pairs = {"champion": of_run[champion["participation"]], "challenger": run["run_id"]}
gains = pd.DataFrame({
    name: {
        label: runs.loc[run_id, f"metrics.{more}"] - runs.loc[run_id, f"metrics.{less}"]
        for label, (more, less) in DISTANCES.items()
    }
    for name, run_id in pairs.items()
})  # fmt: skip
display(gains)

# %% [markdown]
# ## Promote
#
# Promoting is somebody's decision with a reason, kept in an append-only log; it is taken back with
# `huoli models rollback`. An invented company's challenger is promoted right here. For a real one,
# set `PROMOTE = True` after reading the above.

# %%
PROMOTE = invented
if PROMOTE:
    huoli("models", "promote", "--reason", "learned from four more months of data")
champion = alias_versions(home, "champion")
champion

# %%
pd.DataFrame(promotion_log(home))

# %% [markdown]
# A running service takes the new champion up within seconds; `huoli serve` starts one.

# %%
print(f"champion in {home.root}: {json.dumps(champion)}")
