#!/bin/sh
# Makes the namespace in which the sessions live, once Temporal answers.
set -eu

temporal operator cluster health
temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 30d
