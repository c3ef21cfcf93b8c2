"""The report: the last published night on one page, in a message, and in Prefect."""
