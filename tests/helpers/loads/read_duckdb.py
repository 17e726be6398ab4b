"""Print the tables of a DuckDB file, each as a JSON line; runs in the environment of target-duckdb.

`read_duckdb.py FILE SCHEMA`
"""

import json
import sys

import duckdb


def main() -> None:
    """Print each table of the schema: its name, its columns with their types, and its rows."""
    file, schema = sys.argv[1:]
    with duckdb.connect(file, read_only=True) as connection:
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1"
        for (name,) in connection.execute(tables, [schema]).fetchall():
            found = connection.execute(f'SELECT * FROM {schema}."{name}"')  # noqa: S608 - names of our own
            types = {column[0]: str(column[1]) for column in found.description}
            rows = [dict(zip(types, row, strict=True)) for row in found.fetchall()]
            print(json.dumps({"table": name, "types": types, "rows": rows}, default=str))  # noqa: T201 - its answer


main()
