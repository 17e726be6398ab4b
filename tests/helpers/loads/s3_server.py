"""An S3 of our own, in the environment of target-s3: `s3_server.py BUCKET PREFIX`.

Prints a JSON line with its address. For each line on stdin it prints what lies below the prefix: each table as a JSON
line, then an empty line. Ends with stdin.
"""

import json
import os
import sys

import boto3
from moto.server import ThreadedMotoServer
from pyarrow import concat_tables, fs, parquet

REGION = "us-east-1"


def tables(store: fs.S3FileSystem, prefix: str) -> None:
    """Print each folder of Parquet files as a table, its rows in the order in which the files were written."""
    for folder in store.get_file_info(fs.FileSelector(prefix, allow_not_found=True)):
        found = store.get_file_info(fs.FileSelector(folder.path, recursive=True))
        files = sorted(file.path for file in found if file.is_file)
        table = concat_tables([parquet.read_table(file, filesystem=store, partitioning=None) for file in files])
        types = {column.name: str(column.type) for column in table.schema}
        print(json.dumps({"table": folder.base_name, "types": types, "rows": table.to_pylist()}, default=str))  # noqa: T201
    print(flush=True)  # noqa: T201 - its answer


def main() -> None:
    """Serve until stdin ends."""
    bucket, prefix = sys.argv[1:]
    os.environ |= {"AWS_ACCESS_KEY_ID": "anybody", "AWS_SECRET_ACCESS_KEY": "anybody"}
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=address, region_name=REGION).create_bucket(Bucket=bucket)
    store = fs.S3FileSystem(region=REGION, endpoint_override=address)
    print(json.dumps({"address": address}), flush=True)  # noqa: T201 - how it is found
    for _ in sys.stdin:
        tables(store, f"{bucket}/{prefix}")
    server.stop()


main()
