"""Sales series: calendars, panels, a shared LSTM, seasonal naive, the gate and the forecast."""
