"""The networks of the sales forecasts: one file for each architecture, one way to build them.

All read the same inputs and give the same outputs (`outputs`), so that training, saving and the gate are
one for all. Stock layers only, so that a file loads safely.
"""
