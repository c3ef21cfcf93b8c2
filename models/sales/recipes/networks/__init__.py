"""The common parts of networks for all series together: inputs, outputs, training and the fitted model.

All layers are Keras's own, so a saved network loads safely.
"""
