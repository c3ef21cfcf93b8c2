"""What a bank of LSTMs is made of; `models.common.lstm_bank.bank` is how it is used."""
