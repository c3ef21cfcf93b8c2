"""The bank of LSTMs; `models.common.lstm_bank.bank` is its interface."""
