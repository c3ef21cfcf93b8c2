"""The networks of the tutorials: plain LSTM, sequence to sequence, and with Luong's attention.

They share inputs, outputs and training with the default network, and have in addition a preparation of series and, in
`lstm`, framings, layers and a carried state.
"""
