#!/bin/sh
# Brings the two databases of the Temporal server to the schema of this image; every step is safe to repeat, so the job
# runs at each start and an upgrade needs nothing else. SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD are
# read by the tool itself.
set -eu

setup() {
  database=$1
  schema=$2
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema --schema-name "$schema"
}

setup temporal postgresql/v12/temporal
setup temporal_visibility postgresql/v12/visibility
