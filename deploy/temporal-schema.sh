#!/bin/sh
# Makes the databases of Temporal and brings their schemas up to this release. Safe to run again.
set -eu

setup() {
  database=$1
  schema=/etc/temporal/schema/postgresql/v12/$2/versioned
  temporal-sql-tool --database "$database" create-database
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-dir "$schema"
}

setup temporal temporal
setup temporal_visibility visibility
