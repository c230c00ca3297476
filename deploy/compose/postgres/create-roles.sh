#!/bin/sh
# Runs once, when the data volume is empty. Each owner gets a role of its own, so that neither our service nor the
# Temporal server is a superuser or can read the other's data.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set order_saga_password="$ORDER_SAGA_DATABASE_PASSWORD" \
  --set auditor_password="$AUDIT_DATABASE_PASSWORD" \
  --set temporal_password="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE order_saga LOGIN PASSWORD :'order_saga_password';
CREATE DATABASE order_saga OWNER order_saga;
REVOKE CONNECT ON DATABASE order_saga FROM PUBLIC;
-- The migration lets it read what is there, and nothing else.
CREATE ROLE order_saga_auditor LOGIN PASSWORD :'auditor_password';
ALTER ROLE order_saga_auditor SET default_transaction_read_only = on;
-- The schema job creates the two databases of the Temporal server.
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal_password';
SQL
