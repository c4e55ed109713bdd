# SPDX-License-Identifier: Apache-2.0
"""store.py - reads the rows of a store with tools that share nothing with the engine: Python's own
SQLite, or psql.

Law: only looks. One statement text serves both kinds; {id} is an execution's id as text."""

import json
import sqlite3


class SqliteRows:
    ID = "lower(hex(id))"

    def __init__(self, path):
        self.path = path

    def rows(self, statement):
        connection = sqlite3.connect(self.path, timeout=60)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(statement.format(id=self.ID))]
        finally:
            connection.close()


class PostgresRows:
    ID = "replace(id::text, '-', '')"

    def __init__(self, cluster):
        self.cluster = cluster

    def rows(self, statement):
        text = "SELECT row_to_json(q) FROM (%s) q" % statement.format(id=self.ID)
        return [json.loads(line) for line in self.cluster.sql(text)]
