"""Events about runs for a data catalogue, in the format of OpenLineage."""
