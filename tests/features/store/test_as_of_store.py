"""The as-of offline store against Feast's own DuckDB store, both through Feast."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.repo_config import RepoConfig
from feast.types import Float64, Int64, String

START = datetime(2026, 1, 1, tzinfo=UTC)
STORES = {"as of": "features.feature_store.offline.AsOfOfflineStore", "feast": "duckdb"}


def _stamps(random, n, equal_every=1):
    hours = random.integers(0, 24 * 30 // equal_every, n) * equal_every
    return [START + timedelta(hours=int(hour)) for hour in hours]


def _values(path, seed, key, n=400):
    """Values at few stamps, created at once, later, or at a time nobody knows."""
    random = np.random.default_rng(seed)
    stamps = _stamps(random, n, equal_every=12)
    frame = pd.DataFrame({
        key: random.choice(["a", "b", "c", "d e"], n),
        "stamp": stamps,
        "made": [stamp + timedelta(hours=int(random.choice([0, 1, 7, 19, 30, 200])), seconds=number)
                 for number, stamp in enumerate(stamps)],
        "score": random.normal(size=n),
        "size": random.integers(0, 9, n),
    })  # fmt: skip
    frame.loc[random.random(n) < 0.1, "score"] = None
    frame.loc[random.random(n) < 0.1, "made"] = None
    schema = pa.schema([
        (key, pa.string()), ("stamp", pa.timestamp("us", tz="UTC")),
        ("made", pa.timestamp("us", tz="UTC")), ("score", pa.float64()), ("size", pa.int64()),
    ])  # fmt: skip
    pq.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False), path)
    return frame


def _rows(seed, n=150):
    random = np.random.default_rng(seed)
    return pd.DataFrame({
        "number": range(n),
        "person": random.choice(["a", "b", "c", "d e", "nobody"], n),
        "place": random.choice(["a", "b", "c", None], n),
        "event_timestamp": _stamps(random, n, equal_every=6),
    })  # fmt: skip


def _objects(folder, ttl):
    person = Entity(name="person", join_keys=["person"], value_type=ValueType.STRING)
    place = Entity(name="place", join_keys=["place"], value_type=ValueType.STRING)

    def view(name, entity, created, ttl):
        source = FileSource(
            name=name, path=str(folder / f"{name}.parquet"), timestamp_field="stamp",
            created_timestamp_column=created, field_mapping={"size": "amount"},
        )  # fmt: skip
        schema = [Field(name=entity.join_key, dtype=String), Field(name="score", dtype=Float64),
                  Field(name="amount", dtype=Int64)]  # fmt: skip
        return FeatureView(name=name, entities=[entity], ttl=ttl, schema=schema, source=source)

    people = view("people", person, "made", ttl)
    places = view("places", place, "made", timedelta(0))
    service = FeatureService(name="both", features=[people, places[["amount"]]])
    return [person, place, people, places, service]


def _store(folder, kind, ttl):
    registry = {"path": str(folder / f"{kind}.db")}
    config = RepoConfig(
        project="sample", provider="local", registry=registry, offline_store={"type": STORES[kind]},
        online_store={"type": "sqlite", "path": str(folder / f"{kind}-online.db")},
        entity_key_serialization_version=3,
    )  # fmt: skip
    store = FeatureStore(config=config)
    store.apply(_objects(folder, ttl))
    return store


@pytest.fixture
def folder(tmp_path):
    _values(tmp_path / "people.parquet", 1, "person")
    _values(tmp_path / "places.parquet", 2, "place")
    return tmp_path


@pytest.mark.parametrize("by_created", [False, True])
@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(hours=20)])
def test_it_returns_what_feast_returns(folder, ttl, by_created):
    refs = ["people:score", "people:amount", "places:score", "places:amount"]
    found = {}
    for kind in STORES:
        job = _store(folder, kind, ttl).get_historical_features(
            _rows(3), refs, full_feature_names=True, filter_by_created_timestamp=by_created
        )
        found[kind] = job.to_df().sort_values("number").reset_index(drop=True)
    assert found["as of"]["people__score"].notna().sum() > 30
    assert found["as of"]["people__score"].isna().sum() > 10
    pd.testing.assert_frame_equal(
        found["as of"], found["feast"], check_dtype=False, check_exact=True
    )


def test_a_service_gives_its_features_alone(folder):
    store = _store(folder, "as of", timedelta(0))
    service = store.get_feature_service("both")
    job = store.get_historical_features(_rows(4), service, full_feature_names=True)
    found = job.to_arrow()
    assert found.column_names == [
        "number", "person", "place", "event_timestamp",
        "people__score", "people__amount", "places__amount",
    ]  # fmt: skip


def test_every_row_comes_back_in_the_order_given(folder):
    rows = _rows(5).sample(frac=1, random_state=0)
    rows = pd.concat([rows, rows.head(20)])
    rows["event_timestamp"] = rows["event_timestamp"].where(rows["number"] % 7 > 0, START)
    store = _store(folder, "as of", timedelta(hours=1))
    found = store.get_historical_features(rows, ["people:score"]).to_df()
    assert found["number"].tolist() == rows["number"].tolist()
    assert found["score"].isna().any()


def test_an_equal_stamp_counts_and_a_later_one_does_not(folder):
    frame = pd.DataFrame({
        "person": "a", "stamp": [START, START, START + timedelta(microseconds=1)],
        "made": [START, START + timedelta(days=9), START], "score": [1.0, 2.0, 3.0],
        "size": 0,
    })  # fmt: skip
    for name in ("stamp", "made"):
        frame[name] = frame[name].astype("datetime64[us, UTC]")
    frame.to_parquet(folder / "people.parquet")
    store = _store(folder, "as of", timedelta(0))

    def score(by_created):
        rows = pd.DataFrame({"person": ["a"], "event_timestamp": [START]})
        job = store.get_historical_features(
            rows, ["people:score"], filter_by_created_timestamp=by_created
        )
        return job.to_df()["score"].tolist()

    assert score(by_created=False) == [2.0]  # of equal stamps the one created last
    assert score(by_created=True) == [1.0]  # the other one was not there yet
