"""Messages about nights, by mail or to a webhook."""
