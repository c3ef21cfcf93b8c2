"""What a bank of LSTMs is made of; `models.bank` is how it is used."""
