"""Both models as MLflow loads them, from code: features in, probabilities out."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from training.saving import load_stages


class StagesModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """The two stages that the artifact holds."""

    def load_context(self, context: Any) -> None:
        """Read the stages from the artifact."""
        self.stages = load_stages(Path(context.artifacts["model"]) / "stages")

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Columns registers and attends (given registered), a row per row of features."""
        return pd.DataFrame({
            "registers": self.stages.registers.predict(model_input),
            "attends": self.stages.attends.predict(model_input),
        })  # fmt: skip


mlflow.models.set_model(StagesModel())
