"""What all networks for all series together share: inputs, outputs, training and the fitted model.

Their layers are stock layers, so a file loads safely.
"""
