"""An offline store for Feast that joins as of each row's moment, on DuckDB.

Feast's own stores join every past value of an entity to every row before they pick the newest.
This one uses DuckDB's ASOF join: the same values, faster, in bounded memory, and every row comes
back in the order given. Everything else is Feast's DuckDB store.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
from feast.data_source import DataSource
from feast.feature_view import FeatureView
from feast.infra.offline_stores.duckdb import (
    DuckDBOfflineStore,
    DuckDBOfflineStoreConfig,
    _write_data_source,
)
from feast.infra.offline_stores.ibis import IbisRetrievalJob
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata
from feast.infra.offline_stores.offline_utils import infer_event_timestamp_from_entity_df
from feast.infra.registry.base_registry import BaseRegistry
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.repo_config import RepoConfig

from features.feature_store.snapshots import current_folder
from features.home import current_home

ROW = "__row"


class AsOfOfflineStoreConfig(DuckDBOfflineStoreConfig):
    """Feast's own; `folder` is what relative paths are in, by default the current features'."""

    type: str = "features.feature_store.offline.AsOfOfflineStore"
    folder: str | None = None


class AsOfOfflineStore(DuckDBOfflineStore):
    """Feast's DuckDB store with an as-of join in place of a join with all of the past."""

    def validate_data_source(self, config: RepoConfig, data_source: DataSource) -> None:
        """Nothing to check: the files come after the definitions, with `huoli features`."""

    @staticmethod
    def pull_latest_from_table_or_query(
        config: RepoConfig, data_source: DataSource, *args: Any, **kwargs: Any
    ) -> RetrievalJob:
        """The newest value of each entity, as in Feast's store."""
        return DuckDBOfflineStore.pull_latest_from_table_or_query(
            config, _resolved(config, data_source), *args, **kwargs
        )

    @staticmethod
    def pull_all_from_table_or_query(
        config: RepoConfig, data_source: DataSource, *args: Any, **kwargs: Any
    ) -> RetrievalJob:
        """All values in a time range, as in Feast's store."""
        return DuckDBOfflineStore.pull_all_from_table_or_query(
            config, _resolved(config, data_source), *args, **kwargs
        )

    @staticmethod
    def get_historical_features(
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: pd.DataFrame,
        registry: BaseRegistry,
        project: str,
        full_feature_names: bool = False,
        filter_by_created_timestamp: bool = False,
    ) -> RetrievalJob:
        """The values that each row's moment would have read; every row, in the order given.

        A value counts from its stamp on, the moment itself included, until `ttl` has passed. Of
        equal stamps the one created last wins. With `filter_by_created_timestamp` a value also
        counts only from when it was created.
        """
        stamp = infer_event_timestamp_from_entity_df(dict(entity_df.dtypes))
        views = [_View.of(config, view, feature_refs, full_feature_names) for view in feature_views]
        return AsOfRetrievalJob(
            _entities(entity_df, stamp),
            _as_of_query(views, list(entity_df.columns), stamp, filter_by_created_timestamp),
            on_demand_feature_views=OnDemandFeatureView.get_requested_odfvs(
                feature_refs, project, registry
            ),
            full_feature_names=full_feature_names,
            metadata=RetrievalMetadata(
                features=feature_refs,
                keys=[name for name in entity_df.columns if name != stamp],
                min_event_timestamp=entity_df[stamp].min(),
                max_event_timestamp=entity_df[stamp].max(),
            ),
            data_source_writer=_write_data_source,
            staging_location=config.offline_store.staging_location,
            staging_location_endpoint_override=(
                config.offline_store.staging_location_endpoint_override
            ),
            repo_path=str(config.repo_path),
        )


class AsOfRetrievalJob(IbisRetrievalJob):
    """Feast's job, its rows made by one DuckDB query when they are asked for."""

    def __init__(self, entities: pa.Table, query: str, **described: Any) -> None:
        self.entities = entities
        self.query = query
        super().__init__(table=None, **described)

    @property
    def table(self) -> Any:
        """The rows as an Ibis table, for Feast to persist."""
        return ibis.memtable(self._to_arrow_internal())

    @table.setter
    def table(self, value: object) -> None:
        """Nothing: Feast's job would keep a table here."""

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:
        # no folder to spill to: DuckDB would take one in the working directory
        with duckdb.connect(config={"temp_directory": ""}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("entities", self.entities)
            return connection.execute(self.query).to_arrow_table()

    def _to_df_internal(self, timeout: int | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self._to_arrow_internal(timeout).to_pandas()
        return frame


@dataclass(frozen=True)
class _View:
    """One view's part of the query; names are those of its file unless said otherwise."""

    file: str
    keys: Mapping[str, str]  # its column -> the column of the rows asked about
    stamp: str
    created: str | None
    features: Mapping[str, str]  # its column -> the name in the result
    ttl: timedelta | None

    @classmethod
    def of(
        cls, config: RepoConfig, view: FeatureView, refs: Sequence[str], full_names: bool
    ) -> "_View":
        source = _resolved(config, view.batch_source)
        in_file = {new: old for old, new in source.field_mapping.items()}
        prefix = f"{view.projection.name_to_use()}:"
        wanted = [ref.removeprefix(prefix) for ref in refs if ref.startswith(prefix)]
        short = view.projection.name_alias or view.name
        keys = view.projection.join_key_map or {key.name: key.name for key in view.entity_columns}
        return cls(
            file=source.path,
            keys={in_file.get(own, own): asked for own, asked in keys.items()},
            stamp=in_file.get(source.timestamp_field, source.timestamp_field),
            created=source.created_timestamp_column or None,
            features={
                in_file.get(name, name): f"{short}__{name}" if full_names else name
                for name in wanted
            },
            ttl=view.ttl,
        )

    def values(self, filter_by_created: bool) -> str:
        """SQL of its values with `_known`, from when each counts; of equals the winner alone.

        A value that comes when a newer one is known already is left out: it never counts.
        """
        stamp, created = f"{_name(self.stamp)}::TIMESTAMPTZ", "NULL::TIMESTAMPTZ"
        if self.created:
            created = f"{_name(self.created)}::TIMESTAMPTZ"
        by_created = filter_by_created and self.created
        known = f"greatest({stamp}, {created})" if by_created else stamp
        columns = [
            *(f"{_name(own)} AS {_name(f'_key_{n}')}" for n, own in enumerate(self.keys)),
            *(f"{_name(own)} AS {_name(f'_value_{n}')}" for n, own in enumerate(self.features)),
        ]
        columns += [
            f"{stamp} AS _stamp", f"{known} AS _known",
            f"row({stamp}, coalesce({created}, '-infinity'::TIMESTAMPTZ)) AS _rank",
        ]  # fmt: skip
        rows = f"SELECT {', '.join(columns)} FROM read_parquet({_text(self.file)})"  # noqa: S608
        if by_created:
            rows += f" WHERE {_name(self.created or '')} IS NOT NULL"
        if not self.created:
            return rows
        keys = ", ".join(f"_key_{n}" for n in range(len(self.keys)))
        return (
            f"SELECT * FROM ({rows}) "  # noqa: S608
            f"QUALIFY _rank = max(_rank) OVER (PARTITION BY {keys} ORDER BY _known)"
        )

    def join(self, alias: str, stamp: str, filter_by_created: bool) -> str:
        """SQL of its as-of join to the rows `e`."""
        on = [f"e.{_name(asked)} = {alias}._key_{n}" for n, asked in enumerate(self.keys.values())]
        on.append(f"e.{_name(stamp)} >= {alias}._known")
        return f"ASOF LEFT JOIN ({self.values(filter_by_created)}) AS {alias} ON {' AND '.join(on)}"

    def selected(self, alias: str, stamp: str) -> list[str]:
        """SQL of its features in the result; null where `ttl` has passed."""
        columns = []
        for number, name in enumerate(self.features.values()):
            value = f"{alias}._value_{number}"
            if self.ttl:
                lasts = f"{alias}._stamp + to_microseconds({self.ttl // timedelta(microseconds=1)})"
                value = f"CASE WHEN {lasts} >= e.{_name(stamp)} THEN {value} END"
            columns.append(f"{value} AS {_name(name)}")
        return columns


def _as_of_query(
    views: Sequence[_View], asked: Sequence[str], stamp: str, filter_by_created: bool
) -> str:
    columns = [f"e.{_name(name)}" for name in asked]
    joins = []
    for number, view in enumerate(views):
        columns += view.selected(f"v{number}", stamp)
        joins.append(view.join(f"v{number}", stamp, filter_by_created))
    chosen = f"SELECT {', '.join(columns)} FROM entities AS e"  # noqa: S608
    return f"{chosen} {' '.join(joins)} ORDER BY e.{_name(ROW)}"


def _entities(rows: pd.DataFrame, stamp: str) -> pa.Table:
    """The rows with their number, stamped to the microsecond: DuckDB joins no nanoseconds."""
    stamps = pd.to_datetime(rows[stamp], utc=True)
    table = pa.Table.from_pandas(rows.assign(**{stamp: stamps}), preserve_index=False)
    place = table.schema.get_field_index(stamp)
    micros = table[stamp].cast(pa.timestamp("us", tz="UTC"), safe=False)
    table = table.set_column(place, stamp, micros)
    return table.append_column(ROW, pa.array(range(len(rows)), pa.int64()))


def _resolved(config: RepoConfig, source: DataSource) -> DataSource:
    """The source with its path absolute."""
    if Path(source.path).is_absolute() or "://" in source.path:
        return source
    folder = config.offline_store.folder or current_folder(current_home())
    resolved = copy.deepcopy(source)
    resolved.file_options.uri = str(Path(folder) / source.path)
    return resolved


def _name(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _text(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
