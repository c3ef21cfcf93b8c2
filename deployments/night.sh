#!/bin/sh
# One night in this folder: of a generated shop the first time, the next night of the same shop after that.
set -eu
if [ -f nightcast.toml ]; then
    nightcast run
    echo "Customers due this week"
    nightcast show next-visit --limit 10
    echo "Visits ahead"
    nightcast show visits --limit 7
    echo "Sales outlook"
    nightcast show sales --limit 10
    echo "Models"
    nightcast show models --limit 4
else
    nightcast demo
fi
