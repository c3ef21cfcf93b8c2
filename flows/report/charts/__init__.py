"""The charts of the report: specifications in Vega-Lite, drawn without a browser, and small charts drawn in bulk."""
