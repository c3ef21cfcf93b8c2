"""The database: tables, migrations, views, bulk reading and writing, the ledger, the lock. It knows no models."""
