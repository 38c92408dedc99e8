"""A query on a company's database as a source; its address stands in the environment alone."""

import os

import pyarrow as pa

from features.errors import InputError
from features.tables.mapping import Source


def read_database(source: Source) -> pa.Table:
    """The query's rows, in the types that the database gives.

    Raises:
        InputError: the variable with the address is not set, or the query fails.
    """
    import pandas as pd

    address = os.environ.get(source.url_env)
    if not address:
        raise InputError(
            "{variable} must hold the database's address for files.{name}, found it unset; "
            "set that environment variable",
            variable=source.url_env, name=source.name,
        )  # fmt: skip
    try:
        frame = pd.read_sql(source.query, address)
    except Exception as error:  # each database's driver has errors of its own
        raise InputError(
            "files.{name} must be a query that the database answers, found {kind}; "
            "check its query and the address in {variable}",
            name=source.name, kind=type(error).__name__, variable=source.url_env,
        ) from None  # fmt: skip # the driver's text may hold the address with its password
    return pa.Table.from_pandas(frame, preserve_index=False)
