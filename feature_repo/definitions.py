"""What Feast knows: employees and activities, a view per family of features, two services."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, String

from features.employee_features import ACTIVITY_FEATURES, FAMILIES

employee = Entity(
    name="employee",
    join_keys=["employee_id"],
    value_type=ValueType.STRING,
    description="a person of the company",
)
activity = Entity(
    name="activity",
    join_keys=["activity_id"],
    value_type=ValueType.STRING,
    description="an activity that people can take part in",
)


def _view(name: str, entity: Entity, features: dict[str, str], description: str) -> FeatureView:
    """A view over the Parquet files of that name; values last until newer ones come."""
    source = FileSource(
        name=name,
        path=f"{name}/*.parquet",
        timestamp_field="event_timestamp",
        description=description,
    )
    fields = [
        Field(name=feature, dtype=Float64, description=text) for feature, text in features.items()
    ]
    return FeatureView(
        name=name,
        entities=[entity],
        ttl=timedelta(0),
        schema=[Field(name=entity.join_key, dtype=String), *fields],
        source=source,
        description=description,
    )


def _employee_view(family: str) -> FeatureView:
    descriptions = {name: feature.description for name, feature in FAMILIES[family].items()}
    return _view(
        f"employee_{family}", employee, descriptions,
        f"{family} of employees, built from what was known strictly before the stamp",
    )  # fmt: skip


employee_behaviour = _employee_view("behaviour")
employee_participation = _employee_view("participation")
employee_preference = _employee_view("preference")
employee_social = _employee_view("social")
activity_facts = _view(
    "activity", activity, ACTIVITY_FEATURES,
    "facts of the activity's own row, stamped when the row became known",
)  # fmt: skip
employee_features = FeatureService(
    name="employee_features",
    features=[employee_behaviour, employee_participation, employee_preference, employee_social],
    description="all that models read of an employee",
)
activity_features = FeatureService(
    name="activity_features",
    features=[activity_facts],
    description="all that models read of an activity's own row",
)
