#!/bin/sh
# One night in this folder: the generated shop the first time, the next night of the same shop from then on.
set -eu
if [ -f nightcast.toml ]; then
    nightcast run
    echo "Who is due this week"
    nightcast show next-visit --limit 10
    echo "The sales outlook"
    nightcast show sales --limit 10
    echo "The models that served"
    nightcast show models --limit 4
else
    nightcast demo
fi
