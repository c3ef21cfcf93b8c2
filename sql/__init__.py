"""The database: tables, migrations, views, bulk reading and writing, the ledger and the lock, independent of models."""
